"""What data sets of users tell of themselves is asked of them."""

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.datasets import loading


class Corridors(mtl_zoo.datasets.Reader):
    """Distances in metres, by a camera of 90 degrees."""

    name = "corridors"
    sizes = "many"
    tells_cameras = True

    @classmethod
    def tasks(cls, num_classes=None):
        return [mtl_zoo.tasks.Depth()]

    def splits(self):
        return [s for s in ("train", "test") if (self.folder / s).is_dir()]

    def list_ids(self, split):
        return sorted(path.stem for path in (self.folder / split).iterdir())

    def path(self, split, image_id, key):
        return self.folder / split / f"{image_id}.npy"

    def read(self, split, image_id, key):
        if key == "field_of_view":
            return np.float32(90)
        depth = np.load(self.path(split, image_id, key))
        if key == "image":
            return np.repeat(depth.astype("uint8"), 3, axis=-1)
        return depth


class Noise(mtl_zoo.datasets.DataSet):
    """Five pictures, of any size."""

    name = "noise"
    image_size, sizes = (6, 8), "any"

    @classmethod
    def find_splits(cls, data_dir):
        return ["train"]

    @classmethod
    def find_tasks(cls, data_dir, channels, own_tasks):
        return [mtl_zoo.tasks.Depth(), mtl_zoo.tasks.SurfaceNormals()]

    def source(self, split, tasks, image_size, seed, num_examples):
        values = np.random.default_rng(seed).random((5, *image_size, 1))
        return [
            {
                "image": np.zeros((*image_size, 3), "uint8"),
                "depth": depth,
                "normals": np.zeros((*image_size, 3), "float32"),
            }
            for depth in values.astype("float32")
        ]


@pytest.fixture(autouse=True)
def own_data(monkeypatch):
    for kind in (Corridors, Noise):
        monkeypatch.setitem(loading.DATASETS, kind.name, kind)


@pytest.mark.parametrize("recorded", [False, True])
def test_own_files_tell_their_splits_sizes_and_cameras(
    tmp_path, monkeypatch, recorded
):
    monkeypatch.setattr(Corridors, "recorded", recorded)
    folder = tmp_path / "test"
    folder.mkdir()
    for i, metres in enumerate((2, 3)):
        np.save(folder / f"{i}.npy", np.full((4, 6, 1), metres, "float32"))
    assert mtl_zoo.datasets.list_splits("corridors", tmp_path) == ["test"]
    assert mtl_zoo.datasets.get_sizes("corridors") == "many"
    assert mtl_zoo.datasets.tells_cameras("corridors")
    source = mtl_zoo.datasets.load_source("corridors", "test", tmp_path)
    assert set(source[1]) == {"image", "depth", "field_of_view"}
    assert source[1]["field_of_view"] == 90
    data = mtl_zoo.datasets.load(
        *("corridors", "test"),
        data_dir=tmp_path,
        batch_size=2,
        field_of_view=60,
    )
    ((_, labels),) = data
    depth = keras.ops.convert_to_numpy(labels["depth"])[:, 0, 0, 0]
    # The focal lengths, and distances, are as the tangents of 45 and 30.
    np.testing.assert_allclose(depth, np.array([2, 3]) * 3**0.5, rtol=1e-6)
    # Records are written where they were asked for.
    assert (tmp_path / "prepared" / "corridors").is_dir() == (
        recorded and loading.has_tensorflow()
    )


def test_own_data_is_made_at_the_size_that_is_asked_for():
    assert mtl_zoo.datasets.list_splits("noise") == ["train"]
    assert mtl_zoo.datasets.get_sizes("noise") == "any"
    assert not mtl_zoo.datasets.tells_cameras("noise")
    source = mtl_zoo.datasets.load_source(
        *("noise", "train", None, (3, 4)), tasks=["depth"], seed=1
    )
    assert len(source) == 5
    # Of the tasks that were asked for alone.
    assert set(source[0]) == {"image", "depth"}
    expected = np.random.default_rng(1).random((5, 3, 4, 1)).astype("float32")
    np.testing.assert_array_equal(source[0]["depth"], expected[0])
    samples = loading.load_samples("noise", "train", num_examples=2)
    assert len(samples) == 2
    assert samples.read(1, 0)["depth"].shape == (6, 8, 1)


def test_a_reader_without_counts_or_splits_says_what_it_lacks(monkeypatch):
    monkeypatch.delattr(Corridors, "splits")
    with pytest.raises(NotImplementedError, match="Corridors has neither"):
        mtl_zoo.datasets.list_splits("corridors", ".")
