"""See a picture through an exported file: everything it says, side by side.

```
python run_image.py rooms.tflite photo.jpg panel.png
```

Needs NumPy, Pillow and ai-edge-litert (for *.onnx: onnxruntime), nothing else.
`rooms.json`, which the export wrote beside the file, says what comes out.
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageOps

# From near to far: dark blue, green, yellow.
RAMP = np.array([[68, 1, 84], [33, 145, 140], [253, 231, 37]], "float32")


class Predictor:
    """Runs a file on pictures.

    Args:
        path: `*.tflite` or `*.onnx`, its `.json` beside it.
        threads: Integer. Defaults to `2`.
    """

    def __init__(self, path, threads=2):
        path = pathlib.Path(path)
        described = path.with_suffix(".json")
        if not described.exists():  # `make demo` has two files of one name.
            described = pathlib.Path(f"{path}.json")
        self.report = json.loads(described.read_text(encoding="utf-8"))
        self.outputs = self.report["outputs"]
        self._nchw = self.report["layout"] == "nchw"
        if path.suffix == ".onnx":
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            session = onnxruntime.InferenceSession(str(path), options)
            names = [output["name"] for output in self.outputs]
            self._run = lambda image: dict(
                zip(names, session.run(names, {"image": image}), strict=True)
            )
        else:
            from ai_edge_litert.interpreter import Interpreter

            interpreter = Interpreter(str(path), num_threads=threads)
            signature = interpreter.get_signature_runner()
            self._run = lambda image: signature(image=image)

    def __call__(self, picture):
        """What the file says of a `PIL.Image.Image`.

        Returns: pair of the picture as the file saw it and a dict task name →
        class ids, metres, unit normals or probabilities.
        """
        if self.report["input"]["range"] is None:
            raise ValueError("This file takes no picture, but normalised input")
        picture = picture.convert("RGB")
        if self.report["image_size"]:
            height, width = self.report["image_size"]
            picture = picture.resize((width, height))
        image = np.asarray(picture)[None].astype(self.report["input"]["dtype"])
        if self._nchw:
            image = np.ascontiguousarray(image.transpose(0, 3, 1, 2))
        raw = self._run(image)
        return picture, {o["name"]: self._decode(o, raw) for o in self.outputs}

    def _decode(self, output, raw):
        values = raw[output["name"]][0]
        if self._nchw and values.ndim == 3:
            values = values.transpose(1, 2, 0)
        if values.dtype != np.float32 and not self.report["decoded"]:
            values = values.astype("float32") - output["zero_point"]
            values = values * np.float32(output["scale"])
        if self.report["decoded"]:
            return values
        if output["colors"]:
            return values.argmax(axis=-1).astype("uint8")
        if output["task"] == "SurfaceNormals":
            length = np.linalg.norm(values, axis=-1, keepdims=True)
            return values / np.maximum(length, 1e-6)
        if output["unit"]:
            return np.maximum(values[..., 0], 0)
        return 1 / (1 + np.exp(-values[..., 0]))


def colorize(output, values):
    """A picture of one task's values, and a line that says what it shows."""
    name = output["name"]
    if output["colors"]:
        colors = np.array(output["colors"], "uint8")[values]
        ids, counts = np.unique(values, return_counts=True)
        most = ids[counts.argsort()[::-1][:3]]
        names = output["class_names"] or [str(i) for i in range(256)]
        return colors, f"{name}: {', '.join(names[i] for i in most)}"
    if output["task"] == "SurfaceNormals":
        colors = (values * np.float32([1, -1, -1]) + 1) * 127.5
        return colors.clip(0, 255).astype("uint8"), name
    low, high = (0, 1) if not output["unit"] else (values.min(), values.max())
    share = (values - low) / max(high - low, 1e-9)
    if not output["unit"]:
        return (255 * share[..., None].repeat(3, axis=-1)).astype("uint8"), name
    steps = np.linspace(0, 1, len(RAMP))
    colors = [np.interp(share, steps, channel) for channel in RAMP.T]
    unit = f"{low:.1f}–{high:.1f} {output['unit']}"
    return np.stack(colors, axis=-1).astype("uint8"), f"{name}: {unit}"


def panel(picture, scene, outputs):
    """The picture and all maps side by side, each under its title."""
    tiles = [(picture, "image")]
    for output in outputs:
        colors, title = colorize(output, scene[output["name"]])
        tiles.append((Image.fromarray(colors), title))
    width, height = 320, round(320 * picture.height / picture.width)
    canvas = Image.new("RGB", (width * len(tiles), height + 16), "white")
    for i, (tile, title) in enumerate(tiles):
        ImageDraw.Draw(canvas).text((i * width + 4, 2), title, fill="black")
        canvas.paste(tile.resize((width, height)), (i * width, 16))
    return canvas


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python run_image.py FILE.tflite|FILE.onnx IMAGE PANEL")
    file, source, target = sys.argv[1:]
    predictor = Predictor(file)
    # Phones save pictures lying on their side, and note that they do.
    picture = ImageOps.exif_transpose(Image.open(source))
    panel(*predictor(picture), predictor.outputs).save(target)
    print(f"{target}: {', '.join(o['name'] for o in predictor.outputs)}")
