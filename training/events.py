"""TensorBoard events: losses, task weights, learning rate, predictions.

This module calls TensorFlow, which writes the events of every backend.
"""

import io


class Events:
    """Writes a run's events for TensorBoard.

    Args:
        folder: Path of the folder for the events.

    Example:

    ```python
    events = Events("runs/a/events")
    events.scalars(100, {"loss": 1.5})
    ```
    """

    def __init__(self, folder):
        import tensorflow as tf

        self._writer = tf.summary.create_file_writer(str(folder))

    def scalars(self, step, values):
        """Write numbers.

        Args:
            step: Integer, training steps so far.
            values: Dict name → float.
        """
        self._write(
            step,
            [{"tag": n, "simple_value": float(v)} for n, v in values.items()],
        )

    def image(self, step, name, picture):
        """Write a picture.

        Args:
            step: Integer, training steps so far.
            name: String.
            picture: `PIL.Image.Image`, RGB.
        """
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        image = {
            "height": picture.height,
            "width": picture.width,
            "colorspace": 3,
            "encoded_image_string": stream.getvalue(),
        }
        self._write(step, [{"tag": name, "image": image}])

    def _write(self, step, values):
        import tensorflow as tf

        summary = tf.compat.v1.Summary()
        for value in values:
            image = value.pop("image", None)
            entry = summary.value.add(**value)
            if image:
                entry.image.CopyFrom(tf.compat.v1.Summary.Image(**image))
        with self._writer.as_default():
            tf.summary.experimental.write_raw_pb(
                summary.SerializeToString(), step=step
            )
        self._writer.flush()
