"""Rows of pictures: a photo, what a preset sees in it, the colours' meaning."""

from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

from mtl_zoo.visualization.panel import TALLEST
from mtl_zoo.visualization.panel import class_key

_GAP = 4
_LINE = 16


def row(photo, scene, width):
    """A photo and the maps of its scene, side by side.

    Args:
        photo: uint8 array `(height, width, 3)`.
        scene: `mtl_zoo.models.Scene`.
        width: Integer, of each tile in pixels.

    Returns:
        A `PIL.Image.Image`.
    """
    pictures = [photo]
    pictures += [task.colorize(scene[task.name]) for task in scene.tasks]
    scale = min(width / photo.shape[1], TALLEST * width / photo.shape[0])
    size = [max(1, round(n * scale)) for n in photo.shape[1::-1]]
    canvas = Image.new(
        "RGB", (len(pictures) * (width + _GAP) - _GAP, size[1]), "white"
    )
    for i, picture in enumerate(pictures):
        tile = Image.fromarray(picture).resize(size)
        canvas.paste(tile, (i * (width + _GAP), 0))
    return canvas


def keys(scenes, width):
    """What the colours of the maps mean, under the column of each.

    Args:
        scenes: List of `mtl_zoo.models.Scene`; columns are those of the first,
            classes those that occur in any.
        width: Integer, of each tile in pixels.

    Returns:
        A `PIL.Image.Image`.
    """
    columns = [_key(task, scenes) for task in scenes[0].tasks]
    per_line = max(width // 90, 1)
    height = _LINE * max(-(-len(key) // per_line) for key in columns)
    canvas = Image.new(
        "RGB", ((len(columns) + 1) * (width + _GAP) - _GAP, height), "white"
    )
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(11)
    for column, key in enumerate(columns, start=1):
        for i, (color, text) in enumerate(key):
            x = column * (width + _GAP) + i % per_line * (width // per_line)
            y = i // per_line * _LINE
            if color is not None:
                draw.rectangle((x, y + 3, x + 9, y + 12), fill=color)
                x += 14
            draw.text((x, y + 1), text, font=font, fill="black")
    return canvas


def _key(task, scenes):
    """Pairs of a colour, or `None`, and what is said of it."""
    if task.colors is None:
        text = task.hint or f"dark: few {task.unit}, bright: many"
        return [(None, text)]
    maps = [scene[task.name] for scene in scenes if task.name in scene]
    return [
        (tuple(color.tolist()), name) for color, name in class_key(task, maps)
    ]


def stack(rows):
    """Rows below one another.

    Args:
        rows: List of `PIL.Image.Image`.

    Returns:
        A `PIL.Image.Image`.
    """
    width = max(picture.width for picture in rows)
    height = sum(picture.height + _GAP for picture in rows) - _GAP
    canvas = Image.new("RGB", (width, height), "white")
    y = 0
    for picture in rows:
        canvas.paste(picture, (0, y))
        y += picture.height + _GAP
    return canvas


def write(picture, text):
    """Write a name into the upper left corner.

    Args:
        picture: `PIL.Image.Image`, changed in place.
        text: String.
    """
    draw = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.load_default(13)
    box = draw.textbbox((6, 4), text, font=font)
    draw.rectangle((0, 0, box[2] + 6, box[3] + 4), fill=(0, 0, 0, 150))
    draw.text((6, 4), text, font=font, fill="white")
