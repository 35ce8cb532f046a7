"""A model keeps its weights, whatever ends a call and who else calls it."""

import concurrent.futures

import keras
import numpy as np
import pytest

import mtl_zoo
from tests.tiny_encoders import tiny_mix_transformer


class Stop(keras.callbacks.Callback):
    """Ctrl+C in the first batch."""

    def on_predict_batch_begin(self, batch, logs=None):
        raise KeyboardInterrupt

    on_test_batch_begin = on_train_batch_begin = on_predict_batch_begin


class StopLate(keras.callbacks.Callback):
    """Ctrl+C after the first batch."""

    def on_predict_batch_end(self, batch, logs=None):
        raise KeyboardInterrupt

    on_train_batch_end = on_predict_batch_end


def good():
    yield np.zeros((1, 8, 8, 3)), {"depth": np.ones((1, 8, 8, 1), "float32")}


def then_bad():
    yield from good()
    raise ValueError("the disk is gone")


def other_shape():
    yield np.zeros((1, 8, 8, 5)), {"depth": np.ones((1, 8, 8, 1), "float32")}


def small_model():
    image = keras.Input((None, None, 3), name="image")
    depth = keras.layers.Conv2D(1, 1, name="depth")(image)
    tasks = mtl_zoo.tasks.get_all(["depth"])
    encoder = keras.Sequential(name="encoder")
    model = mtl_zoo.models.MultiTaskModel(
        image, {"depth": depth}, encoder, tasks
    )
    model.compile("sgd", jit_compile=False)
    return model


@pytest.mark.parametrize("jit_compile", [False, True])
def test_what_fails_leaves_the_weights(jit_compile):
    if jit_compile and keras.backend.backend() != "jax":
        pytest.skip("compiled steps take the values on JAX only")
    model = small_model()
    model.jit_compile = jit_compile
    before = model.get_weights()
    image = np.ones((1, 8, 8, 3), "float32")
    expected = model.predict(image, verbose=0)["depth"]
    for call in (model.predict, model.evaluate):
        for data, error, arguments in (
            (then_bad(), Exception, {}),
            (other_shape(), Exception, {}),
            (good(), KeyboardInterrupt, {"callbacks": [Stop()]}),
        ):
            with pytest.raises(error):
                call(data, verbose=0, **arguments)
            for a, b in zip(before, model.get_weights(), strict=True):
                np.testing.assert_array_equal(a, b)
    for data in (other_shape(), good()):
        with pytest.raises((Exception, KeyboardInterrupt)):
            model.fit(data, verbose=0, callbacks=[Stop()])
    found = model.predict(image, verbose=0)["depth"]
    np.testing.assert_array_equal(found, expected)
    # What a step was that ended well counts.
    with pytest.raises(KeyboardInterrupt):
        model.fit(good(), verbose=0, callbacks=[StopLate()])
    after = model.get_weights()
    assert any((a != b).any() for a, b in zip(before, after, strict=True))
    assert all(np.isfinite(x).all() for x in after)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="a part for JAX")
def test_a_step_that_failed_midway_is_forgotten():
    model = small_model()
    before = model.get_weights()
    state = model._get_jax_state(True, True)
    keras.tree.map_structure(lambda value: value.delete(), state)
    model._jax_state = {"trainable_variables": state[0]}
    model._jax_state_synced = False
    model.jax_state_sync()
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="a part for JAX")
def test_keras_still_loses_weights():
    """Fails once `mtl_zoo.models.kept_state` needs no copies any more."""
    image = keras.Input((None, None, 3))
    model = keras.Model(image, keras.layers.Conv2D(1, 1)(image))
    with pytest.raises(KeyboardInterrupt):
        images = np.zeros((1, 8, 8, 3))
        model.predict(images, verbose=0, callbacks=[StopLate()])
    assert any(variable._value is None for variable in model.variables)


@pytest.mark.parametrize("kind", ["hrnet", "mit"])
def test_threads_see_what_one_sees(kind, tiny_encoder):
    encoder = tiny_encoder() if kind == "hrnet" else tiny_mix_transformer()
    model = mtl_zoo.models.SingleTask(encoder, ["depth"])
    rng = np.random.default_rng(0)
    photos = [
        rng.integers(0, 256, (*size, 3)).astype("uint8")
        for size in ((32, 64), (64, 32), (40, 64))
    ]
    alone = [model.predict_image(photo)["depth"] for photo in photos]
    places = [i for _ in range(2) for i in range(3)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        scenes = list(
            pool.map(lambda i: model.predict_image(photos[i]), places)
        )
    for i, scene in zip(places, scenes, strict=True):
        np.testing.assert_allclose(scene["depth"], alone[i], atol=1e-4)
