"""Many images and their labels at a glance."""

import numpy as np
from PIL import Image
from PIL import ImageDraw

_GAP = 6
_TITLE = 20


def contact_sheet(samples, tasks, width):
    """A row for each sample, a column for its image and each label.

    Args:
        samples: List of pairs of an image and a dict of labels.
        tasks: List of `mtl_zoo.tasks.Task`.
        width: Integer, pixels of a column.

    Returns:
        A `PIL.Image.Image`.
    """
    rows = [
        [_fit(image, width)]
        + [_fit(_draw_label(t, labels[t.name]), width) for t in tasks]
        for image, labels in samples
    ]
    heights = [row[0].height for row in rows]
    sheet = Image.new(
        "RGB",
        (
            (len(tasks) + 1) * (width + _GAP) + _GAP,
            sum(heights) + len(rows) * _GAP + _TITLE,
        ),
        "white",
    )
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(["image", *(t.name for t in tasks)]):
        draw.text((_GAP + column * (width + _GAP), 4), title, "black")
    y = _TITLE
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            sheet.paste(picture, (_GAP + column * (width + _GAP), y))
        y += height + _GAP
    return sheet


def _draw_label(task, label):
    """A label in its task's colours; unknown is black."""
    return task.colorize(label[..., 0] if label.shape[-1] == 1 else label)


def _fit(picture, width):
    height = round(picture.shape[0] * width / picture.shape[1])
    picture = Image.fromarray(np.ascontiguousarray(picture))
    return picture.resize((width, height), Image.Resampling.NEAREST)
