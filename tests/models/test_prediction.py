"""A photograph is seen at the working size, whatever its own size is."""

import pathlib
import pickle

import keras
import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from mtl_zoo.utils.point_cloud import PointCloud

TASKS = ["semseg:5", "depth", "normals", "edge"]


@pytest.fixture
def model(tiny_encoder):
    model = mtl_zoo.models.HardSharing(tiny_encoder(), TASKS)
    model.set_camera((48, 64), field_of_view=60)
    return model


def photo(height, width, seed=0):
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (6, 8, 3), "uint8"))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(
    "size, seen",
    [
        ((300, 400), (48, 64)),
        ((3000, 4000), (48, 64)),
        ((400, 300), (64, 48)),
        ((200, 300), (48, 64)),
        ((90, 160), (40, 72)),
        ((1, 1), (56, 56)),
        ((1, 300), (32, 960)),
    ],
)
def test_the_size_at_which_a_picture_is_seen(model, size, seen):
    assert model.size_for(size) == seen
    assert model.size_for(size, "native") == size
    assert model.size_for(size, (10, 20)) == (10, 20)


@pytest.mark.parametrize("turned", [False, True])
def test_long_and_thin_pictures(model, tiny_encoder, turned):
    native = mtl_zoo.models.HardSharing(tiny_encoder(), TASKS)
    for size, seen in (((1, 20_000), (32, 7840)), ((8, 40_000), (32, 3920))):
        size, seen = (size[::-1], seen[::-1]) if turned else (size, seen)
        assert model.size_for(size) == seen
        own = tuple(max(32, n) for n in size)
        if own[0] * own[1] < 2**20:
            assert native.size_for(size) == own
    size = (4_000_000, 1) if turned else (1, 4_000_000)
    for each in (model, native):
        with pytest.raises(ValueError, match="4000000.* is too long and thin"):
            each.predict_image(np.zeros((*size, 3), "uint8"))
    size = (20_000, 1) if turned else (1, 20_000)
    scene = model.predict_image(np.zeros((*size, 3), "uint8"))
    assert scene["depth"].shape == size
    assert (
        mtl_zoo.visualization.panel(np.zeros((*size, 3), "uint8"), scene).height
        < 3500
    )


def test_working_sizes_beyond_use(model, tiny_encoder):
    for size in ((8193, 8), (8192, 2056)):
        with pytest.raises(ValueError, match="and 16,777,216 in all"):
            model.set_camera(size)
    native = mtl_zoo.models.HardSharing(tiny_encoder(), TASKS)
    assert native.size_for((4000, 4000)) == (4000, 4000)
    assert native.size_for((8000, 8000)) == (4096, 4096)
    model.set_camera((4096, 4096))
    assert model.size_for((8000, 4000)) == (5792, 2896)


@pytest.mark.parametrize("size", [0, "small", (0, 4), (1.5, 4), (1, 2, 3)])
def test_what_is_no_size_is_refused(model, size):
    with pytest.raises(ValueError, match="image_size is a pair"):
        model.size_for((4, 4), size)


def test_maps_of_the_same_photo_agree_at_every_size(model, monkeypatch):
    shapes = []
    predict = type(model).predict_on_batch

    def record(self, x):
        shapes.append(x.shape[1:3])
        return predict(self, x)

    monkeypatch.setattr(type(model), "predict_on_batch", record)
    small = model.predict_image(photo(300, 400))
    large = model.predict_image(photo(1200, 1600))
    assert shapes == [(48, 64), (48, 64)]
    assert large["semseg"].shape == (1200, 1600)
    assert large["normals"].shape == (1200, 1600, 3)
    agreed = large["semseg"][2::4, 2::4] == small["semseg"]
    assert agreed.mean() > 0.97
    deviation = abs(large["depth"][2::4, 2::4] - small["depth"])
    assert deviation.mean() < 0.03 * small["depth"].std() + 1e-3


def test_a_photo_turned_by_exif_is_seen_upright(model, tmp_path):
    upright = photo(80, 60)
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned clockwise by 90°.
    stored = Image.fromarray(np.rot90(upright).copy())
    stored.save(tmp_path / "turned.png", exif=exif)
    turned = model.predict_image(tmp_path / "turned.png")
    straight = model.predict_image(upright)
    assert turned.size == (80, 60)
    for name in turned:
        np.testing.assert_array_equal(turned[name], straight[name])


def test_metres_follow_the_field_of_view(model):
    image = photo(96, 128)
    assumed = model.predict_image(image)
    assert assumed.field_of_view == pytest.approx(60)
    assert assumed.field_of_view_source == "assumed"
    wide = model.predict_image(image, field_of_view=90)
    assert wide.field_of_view_source == "given"
    # Seen with 90° things look farther by tan(45°) / tan(30°) than with 60°,
    # so that they are that much nearer than they look.
    factor = np.tan(np.radians(30)) / np.tan(np.radians(45))
    np.testing.assert_allclose(
        wide["depth"], assumed["depth"] * factor, rtol=1e-5
    )
    np.testing.assert_array_equal(wide["normals"], assumed["normals"])
    # So do points, whenever the camera is told.
    points = assumed.to_point_cloud(field_of_view=90).points
    np.testing.assert_allclose(
        points, wide.to_point_cloud().points, rtol=1e-4, atol=1e-6
    )
    # What stands across the axis keeps its place and size.
    np.testing.assert_allclose(
        points, assumed.to_point_cloud().points * [1, 1, factor], rtol=1e-4
    )


def test_several_pictures_are_seen_as_one_by_one(model, capsys):
    pictures = [photo(48, 64), photo(30, 20, 1), photo(96, 128, 2)]
    pictures = [*pictures, photo(300, 400, 3), photo(300, 200, 4)]
    scenes = model.predict_images(pictures, batch_size=2)
    assert "5/5" in capsys.readouterr().out
    assert [scene.size for scene in scenes] == [p.shape[:2] for p in pictures]
    for scene, picture in zip(scenes, pictures, strict=True):
        alone = model.predict_image(picture)
        for name in alone:
            np.testing.assert_allclose(
                scene[name].astype("float32"),
                alone[name].astype("float32"),
                atol=1e-4,
            )
    model.predict_images(pictures[:1], verbose=0)
    assert not capsys.readouterr().out
    with pytest.raises(ValueError, match="Image 1: .*no such file"):
        model.predict_images([pictures[0], "missing.png"], verbose=0)


@pytest.mark.parametrize(
    "one",
    [
        "photo.jpg",
        pathlib.Path("photo.jpg"),
        b"\xff\xd8",
        np.zeros((48, 64, 3), "uint8"),
        np.zeros((48, 64), "uint8"),
        Image.new("RGB", (4, 4)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_one_picture_is_no_list_of_pictures(model, one):
    """Its letters or rows are not taken for pictures."""
    with pytest.raises(ValueError, match="a list of pictures; received one"):
        model.predict_images(one)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (7, 5), (1, 300)])
def test_the_smallest_pictures(tiny_encoder, size):
    model = mtl_zoo.models.HardSharing(tiny_encoder(), TASKS)
    scene = model.predict_image(np.full((*size, 3), 100, "uint8"))
    for task in model.tasks:
        assert scene[task.name].shape[:2] == size
        assert np.isfinite(scene[task.name]).all()


def test_a_scene_is_kept(model, tmp_path):
    scene = model.predict_image(photo(30, 40), field_of_view=60)
    assert repr(scene) == (
        "Scene(30×40: semseg (5 classes), depth (m), normals, edge, given "
        "field of view 60°)"
    )
    again = pickle.loads(pickle.dumps(scene))
    assert repr(again) == repr(scene) and again.field_of_view == 60
    paths = scene.save(tmp_path / "new" / "seen")
    assert [path.name for path in paths] == [
        *("semseg.png", "depth.png", "normals.png", "edge.png", "maps.npz")
    ]
    maps = np.load(paths[-1])
    for task, path in zip(model.tasks, paths, strict=False):
        np.testing.assert_array_equal(maps[task.name], scene[task.name])
        np.testing.assert_array_equal(again[task.name], scene[task.name])
        np.testing.assert_array_equal(
            np.asarray(Image.open(path)), task.colorize(scene[task.name])
        )


def test_points_in_space():
    tasks = mtl_zoo.tasks.get_all("depth,normals")
    depth = np.array([[[2.0], [4.0], [0.0], [1.0]]] * 2, "float32")
    normals = np.zeros((2, 4, 3), "float32") - [0, 0, 1]
    scene = mtl_zoo.models.Scene(
        {"depth": depth, "normals": normals}, tasks, (2, 4)
    )
    with pytest.raises(ValueError, match="give field_of_view="):
        scene.to_point_cloud()
    image = np.arange(24, dtype="uint8").reshape(2, 4, 3)
    cloud = scene.to_point_cloud(image, field_of_view=90)
    # By hand: half of 4 pixels over tan 45° is a focal length of 2 pixels.
    assert len(cloud) == 6  # Where there is a distance.
    np.testing.assert_allclose(cloud.points[0], [-0.75 * 2, -0.25 * 2, 2])
    np.testing.assert_allclose(cloud.points[1], [-0.25 * 4, -0.25 * 4, 4])
    np.testing.assert_allclose(cloud.points[5], [0.75, 0.25, 1])
    np.testing.assert_array_equal(cloud.colors[5], image[1, 3])
    np.testing.assert_allclose(cloud.normals, [[0, 0, -1]] * 6, atol=1e-6)
    published = [tasks[0], mtl_zoo.tasks.SurfaceNormals(z="backward")]
    scene = mtl_zoo.models.Scene(
        {"depth": depth, "normals": -normals}, published, (2, 4)
    )
    cloud = scene.to_point_cloud(field_of_view=90)
    np.testing.assert_allclose(cloud.normals, [[0, 0, -1]] * 6, atol=1e-6)
    with pytest.raises(ValueError, match="needs a task in metres"):
        mtl_zoo.models.Scene(
            {"normals": normals}, tasks[1:], (2, 4)
        ).to_point_cloud()


def test_points_are_written_as_ply(tmp_path):
    points = np.arange(6, dtype="float32").reshape(2, 3)
    cloud = PointCloud(points, -points, np.uint8([[1, 2, 3], [4, 5, 6]]))
    cloud.save(tmp_path / "a.ply")
    header, _, content = (
        (tmp_path / "a.ply").read_bytes().partition(b"end_header\n")
    )
    lines = header.decode().splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    assert "element vertex 2" in lines
    names = [x.split()[-1] for x in lines if x.startswith("property")]
    assert names == "x y z nx ny nz red green blue".split()
    assert content == b"".join(
        points[i].tobytes() + (-points[i]).tobytes() + cloud.colors[i].tobytes()
        for i in (0, 1)
    )
    with pytest.raises(ValueError, match="written as"):
        cloud.save(tmp_path / "a.obj")


def test_a_camera_is_saved_and_loaded(model, tmp_path):
    model.save_to_preset(tmp_path / "preset")
    again = mtl_zoo.models.HardSharing.from_preset(tmp_path / "preset")
    assert again.working_size == (48, 64)
    assert again.field_of_view == 60


def test_without_a_camera_distances_are_left_alone(tiny_encoder):
    model = mtl_zoo.models.HardSharing(tiny_encoder(), TASKS)
    scene = model.predict_image(photo(48, 64))
    assert scene.working_size == (48, 64)  # The picture's own.
    assert scene.field_of_view is scene.field_of_view_source is None
    with pytest.raises(ValueError, match="not trained for a known"):
        model.predict_image(photo(48, 64), field_of_view=60)


def test_training_says_the_working_size(tiny_encoder):
    model = mtl_zoo.models.HardSharing(tiny_encoder(), ["depth"])
    model.compile("sgd")
    x = np.zeros((2, 32, 64, 3), "uint8")
    model.fit(x, {"depth": np.ones((2, 32, 64, 1), "float32")}, verbose=0)
    assert model.working_size == (32, 64)
    # A model that is tuned at another size has that; what is said stays.
    model.compile("sgd")
    model.train_on_batch(x[:, :, :32], {"depth": np.ones((2, 32, 32, 1))})
    assert model.working_size == (32, 32)
    model.set_camera((64, 64))
    model.train_on_batch(x[:, :, :32], {"depth": np.ones((2, 32, 32, 1))})
    assert model.working_size == (64, 64)


def test_tasks_keep_their_order(mini_model, mini_batch):
    images = (255 * mini_batch[0]).astype("uint8")
    order = ["semseg", "edge", "depth"]
    model = mini_model(["semseg:3", "edge", "depth"])
    for predict in (model, model.predict, model.predict_on_batch):
        assert list(predict(images)) == order


@pytest.mark.parametrize(
    "dtype, cause", [("mixed_float16", "65,504"), (None, "weights")]
)
def test_what_is_not_finite_is_told(dtype, cause):
    image = keras.Input((None, None, 3), name="image")
    depth = keras.layers.Conv2D(1, 1, name="depth", dtype=dtype)(image)
    depth = keras.layers.Activation("linear", dtype="float32")(depth)
    model = mtl_zoo.models.MultiTaskModel(
        image,
        {"depth": depth},
        keras.Sequential(name="encoder"),
        mtl_zoo.tasks.get_all(["depth"]),
    )
    layer = model.get_layer("depth")
    value = 1e4 if dtype else np.inf
    layer.set_weights([np.full((1, 1, 3, 1), value), np.zeros(1)])
    images = np.full((1, 8, 8, 3), 200, "uint8")
    for predict in (model.predict, model.predict_on_batch):
        with pytest.warns(UserWarning, match=f"depth has values.*{cause}"):
            predict(images)
