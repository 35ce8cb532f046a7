"""Batches for training: contents, order, augmentation."""

import contextlib
import sys

import keras
import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from mtl_zoo.datasets import loading
from mtl_zoo.datasets import rooms
from mtl_zoo.datasets import transforms
from mtl_zoo.datasets.reader import FirstOf
from tools import dataset_writer


class FiveRooms:
    """Five rooms that are rendered when they are asked for."""

    def __init__(self, split, image_size):
        self.split = split
        self.image_size = image_size

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return rooms.render_room(index, self.split, image_size=self.image_size)


@pytest.fixture(autouse=True)
def few_rooms(monkeypatch):
    def source(self, split, tasks, image_size, seed, num_examples):
        return FiveRooms(split, image_size)

    monkeypatch.setattr(loading.Rooms, "source", source)
    monkeypatch.setattr(loading.Rooms, "image_size", (24, 32))


@pytest.fixture(params=["tensorflow", "without tensorflow"])
def pipeline(request, monkeypatch):
    """Batches come from tf.data, or without TensorFlow from Keras."""
    if request.param != "tensorflow":
        monkeypatch.setitem(sys.modules, "tensorflow", None)
    return request.param


def to_numpy(data):
    return [
        (np.asarray(image), {k: np.asarray(v) for k, v in labels.items()})
        for image, labels in data
    ]


def test_batches_hold_images_and_labels(pipeline):
    data = mtl_zoo.datasets.load(
        "rooms", "test", tasks=["depth", "semseg"], batch_size=2
    )
    is_keras = isinstance(data, keras.utils.PyDataset)
    assert is_keras == (pipeline != "tensorflow")
    assert len(data) == 3
    batches = to_numpy(data)
    assert [len(image) for image, _ in batches] == [2, 2, 1]
    image, labels = batches[1]
    expected = rooms.render_room(2, "test", image_size=(24, 32))
    assert list(labels) == ["depth", "semseg"]
    np.testing.assert_array_equal(image[0], expected["image"])
    for name, value in labels.items():
        np.testing.assert_array_equal(value[0], expected[name])


def test_all_labels_and_single_samples(pipeline):
    data = mtl_zoo.datasets.load("rooms", "test", image_size=(20, 28))
    image, labels = next(iter(to_numpy(data)))
    assert image.shape == (20, 28, 3)
    assert set(labels) == {"semseg", "depth", "normals", "edge", "saliency"}


def test_the_same_seed_gives_the_same_batches(pipeline):
    def epochs(seed):
        data = mtl_zoo.datasets.load(
            *("rooms", "train", ["depth"]),
            batch_size=2,
            augment="nyud",
            seed=seed,
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


def test_looking_at_data_changes_nothing(pipeline):
    def load():
        return mtl_zoo.datasets.load(
            *("rooms", "train", ["depth"]), batch_size=2, augment="nyud"
        )

    def images(data):
        return [image.tobytes() for image, _ in to_numpy(data)]

    looked_at = load()
    for _ in range(3):
        next(iter(looked_at))
    untouched = load()
    passes = [images(untouched) for _ in range(2)]
    assert [images(looked_at) for _ in range(2)] == passes
    # What seed and pass say of the order, and of each sample.
    samples = loading.load_samples("rooms", "train", ["depth"], augment="nyud")
    for number, found in enumerate(passes):
        places = np.arange(5)
        np.random.default_rng([0, number]).shuffle(places)
        first = [samples.read(i, [0, number, i])["image"] for i in places[:2]]
        assert found[0] == np.stack(first).tobytes()
    with pytest.raises(ValueError, match="seed is an integer from 0"):
        mtl_zoo.datasets.load("rooms", "train", seed=-1)


def test_shards_share_out_every_epoch(pipeline):
    def epochs(**kwargs):
        data = mtl_zoo.datasets.load(
            "rooms", "train", ["depth"], batch_size=None, **kwargs
        )
        return [[x.tobytes() for x, _ in to_numpy(data)] for _ in range(2)]

    whole = epochs()
    parts = [epochs(shard=(index, 2)) for index in range(2)]
    for epoch in range(2):
        assert len(set(whole[epoch])) == 5
        assert whole[epoch][0::2] == parts[0][epoch]
        assert whole[epoch][1::2] == parts[1][epoch]
    with pytest.raises(ValueError, match="index, count"):
        epochs(shard=(2, 2))


def fit(data, *epochs, scope=contextlib.nullcontext, **kwargs):
    """The losses of several calls of `fit`, each of so many epochs."""
    with scope():
        keras.utils.set_random_seed(0)
        image = keras.Input((24, 32, 3))
        depth = keras.layers.Conv2D(1, 1, name="depth")(image)
        model = mtl_zoo.models.MultiTaskModel(
            image, {"depth": depth}, None, mtl_zoo.tasks.get_all(["depth"])
        )
        model.compile("sgd", jit_compile=False)
        losses = []
        for number in epochs:
            history = model.fit(data, epochs=number, verbose=0, **kwargs)
            losses += history.history["loss"]
    return losses


def test_fit_takes_the_same_batches_again(pipeline, monkeypatch):
    data = [
        mtl_zoo.datasets.load(
            *("rooms", "train", ["depth"]), batch_size=2, augment=True
        )
        for _ in range(4)
    ]
    monkeypatch.undo()  # Keras itself may need TensorFlow here.
    first = fit(data[0], 3)
    assert len(set(first)) == 3
    # However often the data is opened meanwhile.
    assert fit(data[1], 1, 2) == first
    next(iter(data[2]))
    assert fit(data[2], 2, 1, shuffle=False) == first
    if keras.backend.backend() == "tensorflow" and pipeline == "tensorflow":
        import tensorflow as tf

        strategy = tf.distribute.MirroredStrategy(["CPU:0"])
        found = fit(data[3], 1, 2, scope=strategy.scope)
        assert found == pytest.approx(first, rel=1e-6)


def test_samples_turn_before_they_are_resized(tmp_path, pipeline):
    rng = np.random.default_rng(0)
    sample = dataset_writer.made_up_sample(rng, (20, 60), 5)
    sample["normals"][:] = 1, 0, 0
    dataset_writer.write_dataset(
        tmp_path, "folder", "published", {"train": [sample]}, 5
    )
    # Not rounded to 8 bits.
    np.save(tmp_path / "train/normals/00000.npy", sample["normals"])
    (tmp_path / "train/normals/00000.png").unlink()
    ((image, labels),) = to_numpy(
        mtl_zoo.datasets.load(
            *("folder", "train", ["depth", "normals", "semseg"], tmp_path),
            image_size=(20, 20),
            augment=mtl_zoo.datasets.Recipe(
                flip=0, scale_range=(1, 1), rotation=20
            ),
        )
    )
    # How far it turned stands in the normals.
    x, y, _ = labels["normals"][10, 10]
    degrees = np.degrees(np.arctan2(-y, x))
    assert 1 < abs(degrees) < 20
    stored = {"image": sample["image"], "semseg": sample["semseg"]}
    tasks = mtl_zoo.tasks.get_all("semseg:5")
    turned = transforms.zoom_and_rotate(stored, tasks, degrees=degrees)
    expected = transforms.resize(turned, tasks, (20, 20))
    assert (labels["semseg"] == expected["semseg"]).mean() > 0.99
    assert np.abs(image - expected["image"].astype(float)).mean() < 1
    # The other way round it is another picture.
    turned = transforms.zoom_and_rotate(
        transforms.resize(stored, tasks, (20, 20)), tasks, degrees=degrees
    )
    assert (labels["semseg"] == turned["semseg"]).mean() < 0.9


def test_images_of_many_sizes_need_a_size(make_dataset, pipeline):
    folder, _ = make_dataset("folder", "published", 5)
    other = np.zeros((20, 30, 3), "uint8")
    Image.fromarray(other).save(folder / "train" / "image" / "00001.png")
    for key in ("semseg", "human_parts", "edge", "saliency", "normals"):
        (folder / "train" / key / "00001.png").unlink()
    (folder / "train" / "depth" / "00001.png").unlink()
    (folder / "train" / "disparity" / "00001.npy").unlink()
    flags = {"data_dir": folder, "batch_size": 2}
    with pytest.raises(Exception, match="20×30.*24×32: give image_size"):
        list(mtl_zoo.datasets.load("folder", "train", shuffle=False, **flags))
    ((images, _),) = mtl_zoo.datasets.load(
        "folder", "train", image_size=(16, 16), **flags
    )
    assert images.shape == (2, 16, 16, 3)


def test_errors_name_what_is_allowed():
    with pytest.raises(ValueError, match="rooms"):
        mtl_zoo.datasets.load("room", "train")
    with pytest.raises(ValueError, match="validation"):
        mtl_zoo.datasets.load("rooms", "val")
    with pytest.raises(ValueError, match="saliency"):
        mtl_zoo.datasets.load("rooms", "test", tasks=["human_parts"])
    with pytest.raises(ValueError, match="saliency"):
        mtl_zoo.datasets.get_tasks("rooms", ["human_parts"])
    with pytest.raises(ValueError, match="nyud, pascal, rooms"):
        mtl_zoo.datasets.load("rooms", "test", augment="cityscapes")
    with pytest.raises(ValueError, match="13 channels.*40"):
        mtl_zoo.datasets.get_tasks("rooms", ["semseg:40"])
    other = mtl_zoo.tasks.SemanticSegmentation(13, [f"x{i}" for i in range(13)])
    with pytest.raises(ValueError, match="Class 0 .*'x0'.*rooms.*'bed'"):
        mtl_zoo.datasets.get_tasks("rooms", [other])
    with pytest.raises(ValueError, match="2, 7 or 19"):
        mtl_zoo.datasets.get_tasks("cityscapes", ["semseg:8"])


def test_a_source_gives_the_labels_that_are_asked_for():
    for image_size in (None, (12, 16)):
        source = mtl_zoo.datasets.load_source(
            "rooms", "test", image_size=image_size, tasks=["depth"]
        )
        assert set(source[0]) == {"image", "depth", "field_of_view"}
        assert source[0]["depth"].shape[:2] == (image_size or (24, 32))


def test_the_first_samples_end_where_they_do():
    first = FirstOf(["a", "b", "c"], 2)
    assert [first[i] for i in (0, 1, -1, -2)] == ["a", "b", "b", "a"]
    for index in (2, -3):
        with pytest.raises(IndexError):
            first[index]


@pytest.mark.one_backend
def test_tasks_as_a_text_of_names():
    found = mtl_zoo.datasets.get_tasks("rooms", "depth, semseg")
    assert [task.name for task in found] == ["depth", "semseg"]
    with pytest.raises(ValueError, match="A task is a Task.*received 3"):
        mtl_zoo.datasets.get_tasks("rooms", [3])


def test_tasks_carry_the_data_sets_classes():
    (semseg,) = mtl_zoo.datasets.get_tasks("rooms", ["semseg"])
    assert semseg.channels == 13
    assert tuple(semseg.class_names) == rooms.CLASS_NAMES


@pytest.mark.parametrize(
    "name", sorted({*mtl_zoo.datasets.list_datasets()} - {"folder"})
)
def test_losses_have_their_published_weights(name):
    published = {
        **{"semseg": 1, "human_parts": 2, "depth": 1, "disparity": 1},
        **{"normals": 10, "edge": 50, "saliency": 5},
    }
    for task in mtl_zoo.datasets.get_tasks(name):
        # MTAN's loss of normals comes with another weight than MTI-Net's L1.
        cosine = isinstance(task.loss, mtl_zoo.losses.NormalsCosine)
        assert task.loss_weight == (1 if cosine else published[task.name])


def test_depth_for_one_camera():
    source = mtl_zoo.datasets.load_source("rooms", "test")
    data = mtl_zoo.datasets.load(
        "rooms", "test", ["depth", "normals"], field_of_view=60
    )
    samples = [source[i] for i in range(len(source))]
    for sample, (_, labels) in zip(samples, data, strict=True):
        # A camera of twice the focal length sees the same from twice as far.
        half = np.radians(float(sample["field_of_view"])) / 2
        factor = np.tan(half) / np.tan(np.radians(30))
        np.testing.assert_allclose(
            labels["depth"], sample["depth"] * factor, rtol=1e-5
        )
        np.testing.assert_allclose(labels["normals"], sample["normals"])


def test_without_cameras_there_is_no_depth_for_one(tmp_path):
    folder = tmp_path / "train" / "image"
    folder.mkdir(parents=True)
    Image.fromarray(np.zeros((8, 8, 3), "uint8")).save(folder / "1.png")
    for arguments, message in (
        ({"field_of_view": 60}, "field_of_view=60: .* does not tell"),
        ({"num_examples": 2}, "num_examples is from 1 to 1"),
    ):
        with pytest.raises(ValueError, match=message):
            mtl_zoo.datasets.load(
                "folder", "train", data_dir=tmp_path, **arguments
            )
