"""The pictures of what presets see."""

import numpy as np
import pytest
from PIL import Image

from mtl_zoo import tasks
from mtl_zoo.models import Scene
from tools import tiles

pytestmark = pytest.mark.one_backend


def test_keys_name_the_classes_of_all_scenes():
    semseg = tasks.SemanticSegmentation(3, class_names=["wall", "sofa", "bed"])
    some = [semseg, tasks.Depth()]
    scenes = [
        Scene(
            {
                "semseg": np.eye(3, dtype="float32")[np.full((2, 2), i)],
                "depth": np.ones((2, 2, 1), "float32"),
            },
            some,
            (2, 2),
        )
        for i in (2, 0)
    ]
    strip = np.asarray(tiles.keys(scenes, 200))
    # Columns of the photo, of the classes, and of depth.
    assert strip.shape == (16, 3 * 200 + 2 * 4, 3)
    assert (strip[5, 204 + 5] == semseg.colors[0]).all()
    assert (strip[5, 204 + 100 + 5] == semseg.colors[2]).all()
    assert (strip[:, :204] == 255).all() and (strip[:, 408:] != 255).any()
    assert not (strip == semseg.colors[1]).all(-1).any()
    row = tiles.row(np.zeros((2, 2, 3), "uint8"), scenes[0], 200)
    assert tiles.stack([row, Image.fromarray(strip)]).size == (608, 220)


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000), (40, 30)])
def test_rows_of_pictures_of_any_shape(size):
    scene = Scene(
        {"depth": np.ones((2, 2, 1), "float32")}, [tasks.Depth()], size
    )
    row = tiles.row(np.zeros((*size, 3), "uint8"), scene, 60)
    assert row.width == 124
    assert row.height == {20_000: 240, 1: 1, 40: 80}[size[0]]
