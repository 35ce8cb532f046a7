"""Tasks: names, labels, decoding, colours, serialisation, own ones."""

import json

import keras
import numpy as np
import pytest

from mtl_zoo import datasets
from mtl_zoo import losses
from mtl_zoo import metrics
from mtl_zoo import tasks

WEIGHTS = {
    "semseg:13": 1,
    "human_parts": 2,
    "depth": 1,
    "normals": 10,
    "edge": 50,
    "saliency": 5,
    "disparity": 1,
}


@pytest.fixture(params=WEIGHTS)
def task(request):
    return tasks.get(request.param)


def test_published_weights(task):
    assert WEIGHTS.get(task.name, 1) == task.loss_weight


def test_empty_label_is_not_valid(task):
    label = task.empty_label((4, 6))
    assert label.shape[:2] == (4, 6)
    assert label.dtype == task.label_dtype
    valid = keras.ops.convert_to_numpy(task.valid(label[None]))
    assert valid.shape == (1, 4, 6, 1) and not valid.any()
    raw = np.ones((1, 4, 6, task.channels), "float32")
    assert float(task.loss(label[None], raw)) == 0


def test_decode_and_colorize(task):
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(2, 4, 6, task.channels)).astype("float32")
    decoded = keras.ops.convert_to_numpy(task.decode(raw))
    one = keras.ops.convert_to_numpy(task.decode(raw[0]))
    np.testing.assert_allclose(one, decoded[0], rtol=1e-6)
    classes = task.label_channels is None
    assert decoded.dtype == ("uint8" if classes else "float32")
    assert decoded.shape == (2, 4, 6, 3)[: 4 if task.channels == 3 else 3]
    picture = task.colorize(decoded[0])
    assert picture.shape == (4, 6, 3) and picture.dtype == np.uint8
    label = task.empty_label((4, 6))
    if task.label_channels == 1:
        label = label[..., 0]
    assert not task.colorize(label).any()


def test_decoded_values():
    raw = np.array([[[-1.0], [2.0]]])
    assert np.array(tasks.Depth().decode(raw)).tolist() == [[0, 2]]
    assert np.array(tasks.Edges().decode(0 * raw)).tolist() == [[0.5, 0.5]]
    normals = tasks.SurfaceNormals().decode([[[0.0, 3.0, -4.0], [0, 0, 0]]])
    np.testing.assert_allclose(
        np.array(normals), [[[0, 0.6, -0.8], [0, 0, 0]]], rtol=1e-6
    )
    raw = np.eye(13)[[[12, 3]]]
    ids = tasks.SemanticSegmentation(13).decode(raw)
    assert np.array(ids).tolist() == [[12, 3]]


def test_colours_mean_what_they_say():
    task = tasks.SemanticSegmentation(2, colors=[(1, 2, 3), (4, 5, 6)])
    ids = np.array([[0, 1, 255]], "uint8")
    expected = [[[1, 2, 3], [4, 5, 6], [0, 0, 0]]]
    assert task.colorize(ids).tolist() == expected
    at_camera = tasks.SurfaceNormals().colorize(np.array([[[0, 0, -1.0]]]))
    assert at_camera.tolist() == [[[128, 128, 255]]]
    depth = np.array([[1.0, 3.0, 0.0]])
    near, far, unknown = tasks.Depth().colorize(depth)[0].astype(int)
    assert near.sum() < far.sum() and unknown.sum() == 0
    wide = tasks.Depth().colorize(depth, low=1, high=5)[0]
    assert (wide[0] == near).all() and (wide[1] != far).any()


def test_disparity_is_measured_in_its_own_unit():
    task = tasks.Disparity()
    assert task.unit != tasks.Depth.unit and task.lower_is_better
    labels = {"disparity": np.float32([0.2, 0.4, 0]).reshape(1, 1, 3, 1)}
    raw = {"disparity": np.float32([0.1, 0.5, 9]).reshape(1, 1, 3, 1)}
    result = metrics.evaluate([task], [(labels, raw)])["disparity"]
    # By hand: errors 0.1 and 0.1, the third is unknown.
    assert result["abs_err"] == pytest.approx(0.1)
    assert result["rel_err"] == pytest.approx((0.1 / 0.2 + 0.1 / 0.4) / 2)
    worse = {"disparity": {"abs_err": 2 * result["abs_err"]}}
    better = {"disparity": result}
    assert metrics.delta_m(better, worse) == pytest.approx(50)


def test_colours_are_distinct_and_stay_the_same():
    many = tasks.SemanticSegmentation(40).colors
    few = tasks.SemanticSegmentation(7).colors
    np.testing.assert_array_equal(many[:7], few)
    assert len(np.unique(many, axis=0)) == 40
    difference = np.abs(many[:, None].astype(int) - many).sum(-1)
    assert (difference + 999 * np.eye(40)).min() > 30
    assert many.max(-1).min() > 60  # No hole, and nothing that glares.
    saturated = many.max(-1).astype(int) - many.min(-1)
    assert saturated[:12].max() < 250


def test_serialise(task):
    config = keras.saving.serialize_keras_object(task)
    config = json.loads(json.dumps(config))
    for copy in (
        keras.saving.deserialize_keras_object(config),
        tasks.get(config),
    ):
        assert type(copy) is type(task)
        assert copy.get_config() == task.get_config()
        assert type(copy.loss) is type(task.loss)


def test_arguments_are_kept():
    task = tasks.SemanticSegmentation(
        2,
        class_names=["a", "b"],
        colors=[(1, 2, 3), (4, 5, 6)],
        name="material",
        loss=losses.SparseCrossEntropy(ignore_label=1),
        loss_weight=3,
    )
    copy = tasks.get(keras.saving.serialize_keras_object(task))
    assert copy.class_names == ("a", "b")
    assert copy.colors.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert (copy.name, copy.loss_weight) == ("material", 3)
    assert copy.loss.ignore_label == 1
    cosine = tasks.SurfaceNormals(loss=losses.NormalsCosine(), loss_weight=1)
    copy = tasks.get(keras.saving.serialize_keras_object(cosine))
    assert isinstance(copy.loss, losses.NormalsCosine)


def test_get_all():
    found = tasks.get_all("semseg:40, depth:1,normals")
    assert [(t.name, t.channels) for t in found] == [
        ("semseg", 40),
        ("depth", 1),
        ("normals", 3),
    ]
    own = tasks.Depth()
    assert tasks.get_all([own, "edge"])[0] is own
    assert tasks.get_all(own) == [own]
    with pytest.raises(ValueError, match="A task is a Task.*received 3"):
        tasks.get_all(3)
    for wrong in ("", [], "depth,depth"):
        with pytest.raises(ValueError, match="each with its own name"):
            tasks.get_all(wrong)


@pytest.mark.parametrize(
    "spec,message",
    [
        ("depht", "semseg, human_parts, depth, normals, edge, saliency, disp"),
        ("semseg", "'semseg:13'"),
        ("semseg:", "number of channels"),
        ("semseg:many", "number of channels"),
        ("semseg:0", "from 1 to 255"),
        ("semseg:256", "from 1 to 255"),
        ("depth:3", "has 1 channels; received 'depth:3'"),
        ("human_parts:6", "has 7 channels"),
        (3, "received 3"),
    ],
)
def test_wrong_specs(spec, message):
    with pytest.raises(ValueError, match=message):
        tasks.get(spec)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="class_names has 1 entries for 2"):
        tasks.SemanticSegmentation(2, class_names=["a"])
    for colors in (
        [(1, 2, 3)],
        [(1, 2, 3), (1, 2)],
        [(1, 2), (3, 4)],
        [(1, 2, 3), (1, 2, 256)],
        [(1, 2, 3), (1, 2, -1)],
        [(1, 2, 3), (1, 2, 10**400)],
        [(1, 2, 3), (1, 2, 0.5)],
        [(1, 2, 3), (1, 2, "3")],
        np.full((2, 3), 300),
        "red",
        5,
    ):
        with pytest.raises(ValueError, match="colors of semseg are 2 lists"):
            tasks.SemanticSegmentation(2, colors=colors)
    for names in ([1, 2], ["a", None], ["a", "b\n"], ["a", "\x1b[2J"], 5):
        with pytest.raises(ValueError, match="class_names of .* received"):
            tasks.SemanticSegmentation(2, class_names=names)
    for count in (0, 256, 2.0, "2", None):
        with pytest.raises(ValueError, match="num_classes is from 1 to 255"):
            tasks.SemanticSegmentation(count)
    with pytest.raises(ValueError, match="at least 0"):
        tasks.Depth(loss_weight=-1)
    with pytest.raises(ValueError, match="letters, digits"):
        tasks.Depth(name="my/depth")


def test_what_faces_the_camera_is_blue():
    usual = tasks.SurfaceNormals()
    (nyud,) = datasets.get_tasks("nyud_mt", ["normals"])
    for task, z in ((usual, -1), (nyud, 1)):
        again = type(task).from_config(task.get_config())
        assert again.colorize([[[0, 0, z]]]).tolist() == [[[128, 128, 255]]]
    # Earlier versions read what says no more than they know.
    assert "z" not in usual.get_config()
    with pytest.raises(ValueError, match="'up' is not known; .*, backward"):
        tasks.SurfaceNormals(z="up")
