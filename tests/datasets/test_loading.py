"""Batches for training: contents, order, augmentation."""

import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.datasets import augmentation
from mtl_zoo.datasets import loading
from mtl_zoo.datasets import rooms


@pytest.fixture(autouse=True)
def few_rooms(monkeypatch):
    """A source of rooms that are rendered when they are asked for."""

    class Source:
        def __init__(self, split, data_dir, image_size, seed):
            self.split = split
            self.image_size = image_size or (24, 32)

        def __len__(self):
            return 5

        def __getitem__(self, index):
            return rooms.render_room(
                index, self.split, image_size=self.image_size
            )

    monkeypatch.setitem(loading._SOURCES, "rooms", Source)


def to_numpy(data):
    return [
        (image.numpy(), {k: v.numpy() for k, v in labels.items()})
        for image, labels in data
    ]


def test_batches_hold_images_and_labels():
    data = mtl_zoo.datasets.load(
        "rooms", "test", tasks=["depth", "semseg"], batch_size=2
    )
    assert len(data) == 3
    batches = to_numpy(data)
    assert [len(image) for image, _ in batches] == [2, 2, 1]
    image, labels = batches[1]
    expected = rooms.render_room(2, "test", image_size=(24, 32))
    assert list(labels) == ["depth", "semseg"]
    np.testing.assert_array_equal(image[0], expected["image"])
    for name, value in labels.items():
        np.testing.assert_array_equal(value[0], expected[name])


def test_all_labels_and_single_samples():
    data = mtl_zoo.datasets.load("rooms", "test", image_size=(20, 28))
    image, labels = next(iter(to_numpy(data)))
    assert image.shape == (20, 28, 3)
    assert set(labels) == {"semseg", "depth", "normals", "edge", "saliency"}


def test_the_same_seed_gives_the_same_batches():
    def epochs(seed):
        data = mtl_zoo.datasets.load(
            "rooms", "train", ["depth"], batch_size=2, augment=True, seed=seed
        )
        return [to_numpy(data), to_numpy(data)]

    first, again, other = epochs(0), epochs(0), epochs(1)
    for a, b in zip(first, again, strict=True):
        for (image, labels), (image_again, labels_again) in zip(
            a, b, strict=True
        ):
            np.testing.assert_array_equal(image, image_again)
            np.testing.assert_array_equal(
                labels["depth"], labels_again["depth"]
            )
    # Another epoch and another seed give others.
    assert (first[0][0][0] != first[1][0][0]).any()
    assert (first[0][0][0] != other[0][0][0]).any()


def test_flip_turns_normals():
    sample = rooms.render_room(0, image_size=(24, 32))
    flipped = augmentation.flip(sample)
    for name, value in sample.items():
        assert flipped[name].dtype == value.dtype
    normals = flipped["normals"][:, ::-1]
    np.testing.assert_array_equal(normals[..., 0], -sample["normals"][..., 0])
    np.testing.assert_array_equal(normals[..., 1:], sample["normals"][..., 1:])
    np.testing.assert_array_equal(flipped["depth"][:, ::-1], sample["depth"])


def test_augmentation_leaves_labels_and_types_alone():
    sample = rooms.render_room(0, image_size=(24, 32))
    rng = np.random.default_rng(0)
    changed = [augmentation.augment(sample, rng) for _ in range(8)]
    flips = 0
    for other in changed:
        assert other["image"].dtype == np.uint8
        assert (other["image"] != sample["image"]).any()
        same = np.array_equal(other["depth"], sample["depth"])
        flips += not same
        if same:
            np.testing.assert_array_equal(other["normals"], sample["normals"])
    assert 0 < flips < 8


def test_errors_name_what_is_allowed():
    with pytest.raises(ValueError, match="rooms"):
        mtl_zoo.datasets.load("room", "train")
    with pytest.raises(ValueError, match="validation"):
        mtl_zoo.datasets.load("rooms", "val")
    with pytest.raises(ValueError, match="saliency"):
        mtl_zoo.datasets.load("rooms", "test", tasks=["human_parts"])
    with pytest.raises(ValueError, match="saliency"):
        mtl_zoo.datasets.get_tasks("rooms", ["human_parts"])


def test_tasks_carry_the_data_sets_classes():
    (semseg,) = mtl_zoo.datasets.get_tasks("rooms", ["semseg"])
    assert semseg.channels == 13
    assert tuple(semseg.class_names) == rooms.CLASS_NAMES
