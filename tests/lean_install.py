"""The smallest use of an installation: core, one backend, no extras.

Run by test_packaging.py, and in a fresh environment after
`pip install mtl_zoo-….whl[jax]` by `KERAS_BACKEND=jax python lean_install.py`.
"""

import numpy as np

import mtl_zoo

SIZE = (32, 64)
PRESET = "hard_sharing_efficientnet_lite0_rooms"

model = mtl_zoo.models.MultiTaskModel.from_preset(PRESET)
photo = mtl_zoo.datasets.rooms.render_room(0, "test", image_size=SIZE)["image"]
scene = model.predict_image(photo, image_size="native")
assert scene["semseg"].shape == scene["depth"].shape == SIZE
data = mtl_zoo.datasets.load(
    "rooms",
    "train",
    tasks=model.tasks,
    image_size=SIZE,
    batch_size=2,
    num_examples=2,
)
model.compile(optimizer="sgd")
history = model.fit(data, verbose=0).history
assert np.isfinite(history["loss"]).all()
measured = model.evaluate(data, verbose=0, return_dict=True)
assert np.isfinite(measured["loss"])

# What an extra brings is named in one line.
uses = {
    "visualization": lambda: mtl_zoo.visualization.panel(photo, scene),
    "keras-cv": lambda: mtl_zoo.encoders.get("keras_cv:mobilenet_v3_small"),
    "keras-hub": lambda: mtl_zoo.encoders.get("keras_hub:resnet_18_imagenet"),
    "hub": lambda: mtl_zoo.presets.resolve("hf://org/name"),
    "tensorflow": lambda: mtl_zoo.presets.resolve("gs://bucket/name"),
}
for extra, use in uses.items():
    try:
        use()
    except ImportError as error:
        line = str(error)
        assert f"pip install 'mtl_zoo[{extra}]'" in line, line
        assert len(line) < 300 and "\n" not in line, line
        print(line)
    else:
        raise AssertionError(
            f"mtl_zoo[{extra}] is installed, or was not needed"
        )
