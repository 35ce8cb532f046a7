"""A panel has everything in it, and draws what the tasks say."""

import sys

import numpy as np
import pytest
from PIL import Image

from mtl_zoo import tasks
from mtl_zoo import visualization

pytestmark = pytest.mark.one_backend

pytest.importorskip("matplotlib")

TASKS = tasks.get_all("semseg:13,human_parts,depth,normals,edge,saliency")


def make_scene(size):
    rng = np.random.default_rng(0)
    scene = {
        task.name: np.array(task.decode(rng.random((*size, task.channels))))
        for task in TASKS
    }
    return rng.integers(0, 256, (*size, 3)).astype("uint8"), scene


@pytest.mark.parametrize(
    "size", [(96, 128), (480, 640), (31, 17), (20_000, 1), (1, 20_000)]
)
def test_any_size(size):
    image, scene = make_scene(size)
    picture = visualization.panel(image, scene, TASKS)
    assert isinstance(picture, Image.Image) and picture.mode == "RGB"
    assert picture.width == 1200 and picture.height < 6000


def test_a_scene_knows_its_tasks():
    class Scene(dict):
        tasks = TASKS[2:4]

    image, maps = make_scene((24, 32))
    scene = Scene(maps)
    one = visualization.panel(Image.fromarray(image), scene)
    two = visualization.panel(image, maps, TASKS[2:4])
    np.testing.assert_array_equal(np.array(one), np.array(two))


def test_the_picture_of_a_map_is_in_it():
    image, scene = make_scene((24, 32))
    task = tasks.SemanticSegmentation(1, colors=[(12, 200, 99)])
    scene = {"semseg": np.zeros((24, 32), "uint8")}
    pixels = np.array(visualization.panel(image, scene, [task]))
    assert ((pixels == (12, 200, 99)).all(-1)).mean() > 0.1


def test_maps_with_nothing_in_them():
    image, _ = make_scene((24, 32))
    scene = {
        "semseg": np.full((24, 32), 255, "uint8"),
        "depth": np.zeros((24, 32), "float32"),
    }
    visualization.panel(image, scene, [TASKS[0], TASKS[2]])
    scene["depth"][:] = 2
    visualization.panel(image, scene, [TASKS[2]])


def test_mistakes(monkeypatch):
    image, scene = make_scene((24, 32))
    with pytest.raises(ValueError, match="give `tasks` too"):
        visualization.panel(image, scene)
    with pytest.raises(ValueError, match=r"No maps of \['edge'\]"):
        visualization.panel(image, {}, [tasks.Edges()])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"mtl_zoo\[visualization\]"):
        visualization.panel(image, scene, TASKS)
