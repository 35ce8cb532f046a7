"""The cache of rendered rooms."""

import subprocess
import sys

import numpy as np
import pytest

from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.rooms import builder
from mtl_zoo.datasets.rooms import memory_map
from mtl_zoo.datasets.rooms import rendering

pytestmark = pytest.mark.one_backend

SIZE = (24, 32)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("datasets")


@pytest.fixture(scope="module")
def source(data_dir):
    return builder.load_source("test", SIZE, data_dir, num_examples=5)


def test_cache_holds_what_is_rendered(source):
    assert len(source) == 5
    for index in (3, 0, 4):
        expected = rooms.render_room(index, "test", 0, SIZE)
        sample = source[index]
        assert set(sample) == set(expected)
        for key, value in expected.items():
            assert sample[key].dtype == value.dtype, key
            assert sample[key].shape == value.shape, key
        for key in ("image", "semseg", "edge", "saliency", "field_of_view"):
            np.testing.assert_array_equal(sample[key], expected[key])
        np.testing.assert_allclose(
            sample["depth"], expected["depth"], atol=0.00051
        )
        np.testing.assert_array_equal(
            sample["depth"] == 0, expected["depth"] == 0
        )
        cosine = (
            sample["normals"].astype("float64") * expected["normals"]
        ).sum(-1)
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.1
        np.testing.assert_allclose(
            np.linalg.norm(sample["normals"], axis=-1), 1, atol=1e-6
        )


def test_memory_map_holds_the_same(source, data_dir, monkeypatch):
    mapped = memory_map.load_source("test", SIZE, data_dir, num_examples=5)
    assert len(mapped) == 5
    for index in range(5):
        first, second = source[index], mapped[index]
        assert set(first) == set(second)
        for key, value in first.items():
            assert second[key].dtype == value.dtype
            np.testing.assert_array_equal(second[key], value)
    monkeypatch.setattr(rendering, "render_all", None)
    again = memory_map.load_source("test", SIZE, data_dir, num_examples=5)
    np.testing.assert_array_equal(again[3]["image"], source[3]["image"])


def test_second_reading_renders_nothing(source, data_dir, monkeypatch):
    def fail(*_):
        raise AssertionError("rendered again")

    monkeypatch.setattr(rendering, "render_all", fail)
    again = builder.load_source("test", SIZE, data_dir, num_examples=5)
    for index in range(5):
        first, second = source[index], again[index]
        for key, value in first.items():
            np.testing.assert_array_equal(second[key], value)
    with pytest.raises(AssertionError, match="rendered again"):
        builder.load_source("test", SIZE, data_dir, num_examples=6)
    with pytest.raises(AssertionError, match="rendered again"):
        builder.load_source("train", SIZE, data_dir, num_examples=5)
    with pytest.raises(AssertionError, match="rendered again"):
        builder.load_source("test", SIZE, data_dir, seed=1, num_examples=5)
    with pytest.raises(AssertionError, match="rendered again"):
        builder.load_source("test", (24, 33), data_dir, num_examples=5)


@pytest.mark.parametrize("cache", [builder, memory_map])
def test_a_longer_split_begins_with_the_parts_of_a_shorter_one(
    cache, tmp_path, monkeypatch
):
    monkeypatch.setattr(rendering, "PART", 2)
    cache.load_source("train", (8, 8), tmp_path, num_examples=3)
    rendered = []
    render_all = rendering.render_all

    def record(split, count, seed, image_size, first):
        rendered.append((first, count))
        return render_all(split, count, seed, image_size, first)

    monkeypatch.setattr(rendering, "render_all", record)
    longer = cache.load_source("train", (8, 8), tmp_path, num_examples=5)
    assert rendered == [(2, 2), (4, 1)]
    assert len(longer) == 5
    for index in range(5):
        expected = rooms.render_room(index, "train", 0, (8, 8))["image"]
        np.testing.assert_array_equal(longer[index]["image"], expected)
    np.testing.assert_array_equal(longer[-1]["image"], longer[4]["image"])


def test_failed_rendering_leaves_no_cache(data_dir, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(rendering.worker, "__file__", "/nonexistent.py")
        with pytest.raises(Exception, match="Rendering example 0"):
            builder.load_source("validation", SIZE, data_dir, num_examples=2)
    source = builder.load_source("validation", SIZE, data_dir, num_examples=2)
    assert len(source) == 2


def test_a_damaged_cache_is_named(tmp_path):
    memory_map.load_source("test", SIZE, tmp_path, num_examples=2)
    (path,) = tmp_path.glob("*.npy")
    for content in (path.read_bytes()[:-9], b""):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"{path}: damaged .*delete it"):
            memory_map.load_source("test", SIZE, tmp_path, num_examples=2)


def test_index_may_be_negative_but_not_too_large(source):
    np.testing.assert_array_equal(source[-1]["image"], source[4]["image"])
    with pytest.raises(IndexError, match="index=5"):
        source[5]
    assert len(list(source)) == 5


def test_two_processes_make_one_cache(tmp_path):
    code = (
        "import sys\n"
        "from mtl_zoo.datasets.rooms import builder\n"
        "s = builder.load_source('test', (8, 8), sys.argv[1], num_examples=3)\n"
        "print('sum', sum(int(x['image'].sum()) for x in s))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [p.communicate()[0].splitlines()[-1] for p in processes]
    assert [p.returncode for p in processes] == [0, 0]
    assert answers[0].startswith("sum") and answers[0] == answers[1]


def test_builder_makes_a_tf_dataset_of_all_splits(tmp_path):
    config = builder.RoomsConfig(
        image_size=(8, 10), num_examples={"train": 3, "test": 2}
    )
    made = builder.Rooms(
        config=config, data_dir=tmp_path, file_format="tfrecord"
    )
    made.download_and_prepare()
    assert {k: v.num_examples for k, v in made.info.splits.items()} == {
        "train": 3,
        "test": 2,
    }
    images = [x["image"].numpy() for x in made.as_dataset(split="train")]
    for index, image in enumerate(images):
        expected = rooms.render_room(index, "train", 0, (8, 10))["image"]
        np.testing.assert_array_equal(image, expected)


def test_bad_arguments_are_named(tmp_path):
    with pytest.raises(ValueError, match="split='dev'"):
        builder.load_source("dev", data_dir=tmp_path)
    with pytest.raises(ValueError, match="num_examples=0"):
        builder.load_source("test", data_dir=tmp_path, num_examples=0)
    with pytest.raises(ValueError, match="dev"):
        builder.RoomsConfig(num_examples={"dev": 3})
