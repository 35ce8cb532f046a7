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

        A file of a fixed size sees the picture as large as fits, with its
        proportions; beyond its border it goes on as at its border.

        Returns: dict task name → class ids, metres, unit normals or
        probabilities, at the picture's size.
        """
        if self.report["input"]["range"] is None:
            raise ValueError("This file takes no picture, but normalised input")
        size = (picture.height, picture.width)
        most = self.report["image_size"] or self._size_for(size)
        scale = min(m / n for m, n in zip(most, size, strict=True))
        height, width = (
            # A pixel more or less is rounding, no border.
            m if m - n * scale < 2 else max(1, round(n * scale))
            for m, n in zip(most, size, strict=True)
        )
        small = picture.convert("RGB").resize(
            (width, height), Image.Resampling.BILINEAR, reducing_gap=2.0
        )
        top, left = (most[0] - height) // 2, (most[1] - width) // 2
        border = ((top, most[0] - height - top), (left, most[1] - width - left))
        image = np.pad(np.asarray(small), (*border, (0, 0)), "edge")[None]
        image = image.astype(self.report["input"]["dtype"])
        if self._nchw:
            image = np.ascontiguousarray(image.transpose(0, 3, 1, 2))
        raw = self._run(image)
        # Seen larger than in training, things look nearer than they are.
        near = 1.0
        if self.report["field_of_view"] is not None:
            near = np.float32(width / self._size_for(size)[1])
        scene = {}
        for output in self.outputs:
            values = self._values(output, raw[output["name"]][0])
            values = values[top : top + height, left : left + width]
            if output["unit"] == "m":
                values = values * near
            scene[output["name"]] = self._decode(output, values, size)
        return scene

    def _size_for(self, size):
        """About as many pixels as the network saw in training."""
        pixels = np.prod(self.report["working_size"] or size)
        scale = np.sqrt(pixels / np.prod(size))
        return [max(32, round(n * scale / 8) * 8) for n in size]

    def _values(self, output, values):
        """An output as an array `(height, width, channels)`."""
        if self._nchw and values.ndim == 3:
            values = values.transpose(1, 2, 0)
        if values.dtype != np.float32 and not self.report["decoded"]:
            values = values.astype("float32") - output["zero_point"]
            values = values * np.float32(output["scale"])
        return values if values.ndim == 3 else values[..., None]

    def _decode(self, output, values, size):
        """What the values mean, at the size of the picture."""
        decoded, decoding = self.report["decoded"], output["decoding"]
        if decoded and decoding == "classes":
            ids = Image.fromarray(values[..., 0].astype("uint8"))
            return np.asarray(ids.resize(size[::-1], Image.Resampling.NEAREST))
        channels = (
            enlarge(channel, size) for channel in np.moveaxis(values, -1, 0)
        )
        if decoding == "classes":
            ids, best = np.zeros(size, "uint8"), next(channels)
            for i, channel in enumerate(channels, start=1):
                ids[channel > best] = i
                np.maximum(best, channel, out=best)
            return ids
        maps = np.stack(list(channels), axis=-1)
        if decoding == "unit_vectors":
            length = np.linalg.norm(maps, axis=-1, keepdims=True)
            maps /= np.maximum(length, 1e-6)
        elif decoding == "non_negative":
            maps = np.maximum(maps, 0)
        elif decoding == "probabilities" and not decoded:
            maps = 1 / (1 + np.exp(-maps))
        return maps[..., 0] if maps.shape[-1] == 1 else maps


def enlarge(values, size):
    """A map of numbers at another size."""
    picture = Image.fromarray(np.ascontiguousarray(values, "float32"))
    resized = picture.resize(size[::-1], Image.Resampling.BILINEAR)
    return np.array(resized)


def colorize(output, values):
    """A picture of one task's values, and a line that says what it shows."""
    name = output["name"]
    if output["colors"]:
        colors = np.array(output["colors"], "uint8")[values]
        ids, counts = np.unique(values, return_counts=True)
        most = ids[counts.argsort()[::-1][:3]]
        names = output["class_names"] or [str(i) for i in range(256)]
        return colors, f"{name}: {', '.join(names[i] for i in most)}"
    if output["decoding"] == "unit_vectors":
        colors = (values * np.float32([1, -1, -1]) + 1) * 127.5
        return colors.clip(0, 255).astype("uint8"), name
    if output["decoding"] == "probabilities":
        return (255 * values[..., None].repeat(3, axis=-1)).astype(
            "uint8"
        ), name
    if values.ndim == 3 and values.shape[-1] < 3:
        values = values[..., 0]
    low, high = values.min(), values.max()
    share = (values - low) / max(high - low, 1e-9)
    if values.ndim == 3:
        colors = 255 * share[..., :3]
    else:
        steps = np.linspace(0, 1, len(RAMP))
        colors = [np.interp(share, steps, channel) for channel in RAMP.T]
        colors = np.stack(colors, axis=-1)
    unit = f"{low:.1f}–{high:.1f} {output['unit'] or ''}".rstrip()
    return colors.astype("uint8"), f"{name}: {unit}"


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
    panel(picture, predictor(picture), predictor.outputs).save(target)
    names = ", ".join(output["name"] for output in predictor.outputs)
    # They may hold what a terminal would obey.
    names = "".join(x if x.isprintable() else "?" for x in names)
    print(f"{target}: {names}")
