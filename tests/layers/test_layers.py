"""The layers that MTI-Net and HRNet are built from."""

import keras
import numpy as np
import pytest
from keras import ops

from mtl_zoo import layers


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def to_numpy(x):
    return keras.tree.map_structure(keras.ops.convert_to_numpy, x)


# Layer → its call arguments; every one is saved, loaded and run at an odd size.
CASES = {
    "image_normalization": (layers.ImageNormalization, {}, [(2, 7, 9, 3)]),
    "batch_normalization": (layers.BatchNormalization, {}, [(2, 7, 9, 4)]),
    "conv2d": (layers.Conv2D, {"filters": 3, "kernel_size": 3}, [(1, 7, 9, 4)]),
    "conv_unit": (
        layers.ConvUnit,
        {"filters": 3, "strides": 2, "use_bias": True},
        [(1, 7, 9, 4)],
    ),
    "basic_block": (
        layers.BasicBlock,
        {"filters": 8, "strides": 2},
        [(1, 7, 9, 4)],
    ),
    "bottleneck": (layers.BottleneckBlock, {"filters": 8}, [(1, 7, 9, 4)]),
    "sa_block": (layers.SABlock, {"filters": 6}, [(1, 7, 9, 4)]),
    "se_block": (layers.SEBlock, {"ratio": 2}, [(1, 7, 9, 4)]),
    "prediction": (layers.PredictionConv, {"filters": 5}, [(1, 7, 9, 4)]),
    "initial_prediction": (
        layers.InitialPrediction,
        {"channels": 2, "filters": 4},
        [(1, 7, 9, 6)],
    ),
    "conv2d_transpose": (
        layers.Conv2DTranspose,
        {"filters": 3},
        [(1, 7, 9, 4)],
    ),
    "resize_by_2": (layers.ResizeBy, {"factor": 2}, [(1, 7, 9, 4)]),
    "resize_by_half": (layers.ResizeBy, {"factor": 0.5}, [(1, 7, 9, 4)]),
    "position_embedding": (
        layers.PositionEmbedding,
        {"grid": (3, 5)},
        [(2, 7, 9, 4)],
    ),
    "self_attention": (layers.SelfAttention, {"num_heads": 2}, [(2, 7, 4)]),
    "mlp": (layers.MLP, {"ratio": 2}, [(1, 7, 9, 4)]),
    "transformer_block": (
        layers.TransformerBlock,
        {"num_heads": 2, "stochastic_depth": 0.1},
        [(2, 7, 4)],
    ),
}
TASKS = {"tasks": ["a", "b"]}
LIST_CASES = {
    "cross_task_attention": (
        layers.CrossTaskAttention,
        {**TASKS, "pool_size": 2},
        [(1, 6, 8, 4), (1, 6, 8, 4)],
    ),
    "cross_task_block": (
        layers.CrossTaskBlock,
        {**TASKS, "pool_size": 2},
        [(1, 6, 8, 4), (1, 6, 8, 4)],
    ),
    "distillation": (
        layers.MultiModalDistillation,
        {"targets": ["b"], "auxiliary": ["a", "b"]},
        [(1, 7, 9, 4), (1, 7, 9, 4)],
    ),
    "propagation_neighbours": (
        layers.FeaturePropagation,
        {},
        [(1, 7, 9, 4), (1, 7, 9, 4)],
    ),
    "propagation_tasks": (
        layers.FeaturePropagation,
        {"grouping": "tasks"},
        [(1, 7, 9, 4), (1, 7, 9, 4)],
    ),
    "hrnet_fuse": (layers.HRNetFuse, {}, [(1, 7, 9, 2), (1, 4, 5, 4)]),
    "hrnet_head": (
        layers.HRNetHead,
        {"channels": 3},
        [(1, 7, 9, 2), (1, 4, 5, 4)],
    ),
    "hr_module": (
        layers.HRModule,
        {"blocks": 1},
        [(1, 9, 11, 2), (1, 5, 6, 4), (1, 3, 3, 8)],
    ),
}


@pytest.mark.parametrize("name", [*CASES, *LIST_CASES])
def test_layer_in_a_saved_model_gives_the_same(name, tmp_path):
    layer_class, arguments, shapes = {**CASES, **LIST_CASES}[name]
    inputs = [
        keras.Input((*[None] * (len(shape) - 2), shape[-1])) for shape in shapes
    ]
    symbolic = inputs if name in LIST_CASES else inputs[0]
    outputs = layer_class(**arguments)(symbolic)
    model = keras.Model(inputs, outputs)
    x = [random(*shape, seed=i) for i, shape in enumerate(shapes)]
    values = to_numpy(model(x))
    # What the layer promises is what it gives.
    for promised, value in zip(
        keras.tree.flatten(outputs), keras.tree.flatten(values), strict=True
    ):
        assert promised.dtype == str(value.dtype)
        assert len(promised.shape) == value.ndim
        for a, b in zip(promised.shape, value.shape, strict=True):
            assert a in (None, b)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    for a, b in zip(
        keras.tree.flatten(values),
        keras.tree.flatten(to_numpy(loaded(x))),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("mode", ["imagenet", "unit", None])
def test_image_normalization(mode):
    image = np.array([[[[0, 51, 255]]]], "uint8")
    expected = {
        "imagenet": [-0.485 / 0.229, (0.2 - 0.456) / 0.224, 0.594 / 0.225],
        "unit": [0, 0.2, 1],
        None: [0, 51, 255],
    }[mode]
    y = to_numpy(layers.ImageNormalization(mode)(image))
    np.testing.assert_allclose(y[0, 0, 0], expected, rtol=1e-5)
    with pytest.raises(ValueError, match="3 channels"):
        layers.ImageNormalization(mode)(np.zeros((1, 2, 2, 4)))


def test_image_normalization_by_scale_and_offset():
    image = np.array([[[[0, 51, 255]]]], "uint8")
    layer = layers.ImageNormalization({"scale": [1, 2, 0.5], "offset": -1})
    np.testing.assert_allclose(
        to_numpy(layer(image))[0, 0, 0], [-1, 101, 126.5], rtol=1e-6
    )
    again = layers.ImageNormalization.from_config(layer.get_config())
    assert again.mode == layer.mode
    for mode in ({"scale": 1}, {"scale": [1, 2], "offset": 0}, {"a": 1}):
        with pytest.raises(ValueError, match="scale and offset"):
            layers.ImageNormalization(mode)


# Of one image pooled to one value, as in ASPP, the variance is 0: Keras divides
# by the root of epsilon alone, in two roundings.
@pytest.mark.parametrize(
    "size, tolerance", [((4, 5, 6), 1e-5), ((1, 1, 1), 1e-4)]
)
@pytest.mark.parametrize("training", [True, False])
def test_batch_normalization_equals_keras(training, size, tolerance):
    x = 3 * random(*size, 3) + 1
    ours = layers.BatchNormalization(momentum=0.8)
    keras_own = keras.layers.BatchNormalization(momentum=0.8, epsilon=1e-5)
    for layer in (ours, keras_own):
        layer.build(x.shape)
        layer.set_weights(
            [
                w + 0.1 * i
                for i, w in enumerate(
                    [np.ones(3), np.zeros(3), np.zeros(3), np.ones(3)]
                )
            ]
        )
    a = to_numpy(ours(x, training=training))
    b = to_numpy(keras_own(x, training=training))
    np.testing.assert_allclose(a, b, atol=tolerance)
    for a, b in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("argument", ["axis", "center", "scale"])
def test_batch_normalization_takes_kerass_arguments(argument):
    kwargs = {"axis": 1} if argument == "axis" else {argument: False}
    x = 3 * random(4, 4, 4, 4) + 1
    a, b = (
        to_numpy(layer(x, training=True))
        for layer in (
            layers.BatchNormalization(**kwargs),
            keras.layers.BatchNormalization(epsilon=1e-5, **kwargs),
        )
    )
    np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("size", [(8, 8), (7, 9)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_convolution_pads_as_pytorch(size, dilation):
    # A kernel of ones over ones counts the pixels that it sees.
    layer = layers.Conv2D(
        1,
        3,
        strides=2 if dilation == 1 else 1,
        dilation_rate=dilation,
        kernel_initializer="ones",
    )
    y = to_numpy(layer(np.ones((1, *size, 1), "float32")))[0, :, :, 0]
    step = 2 if dilation == 1 else 1
    seen = [
        [
            sum(0 <= i + d * dilation < n for d in (-1, 0, 1))
            for i in range(0, n, step)
        ]
        for n in size
    ]
    np.testing.assert_array_equal(y, np.outer(*seen))


def test_resize_has_half_pixel_centres():
    x = np.array([0.0, 1.0], "float32").reshape(1, 1, 2, 1)
    y = to_numpy(layers.resize(ops.convert_to_tensor(x), (1, 4))).ravel()
    np.testing.assert_allclose(y, [0, 0.25, 0.75, 1], atol=1e-6)
    # And no smoothing when it shrinks.
    x = np.arange(8, dtype="float32").reshape(1, 1, 8, 1)
    y = to_numpy(layers.resize(ops.convert_to_tensor(x), (1, 2))).ravel()
    np.testing.assert_allclose(y, [1.5, 5.5], atol=1e-6)


def test_sa_block_is_values_times_gates():
    block = layers.SABlock(1)
    x = np.ones((1, 1, 1, 2), "float32")
    block.build(x.shape)
    kernel = np.zeros((3, 3, 2, 2), "float32")
    kernel[1, 1] = [[1, 0], [2, 4]]
    block.set_weights([kernel])
    expected = 3 / (1 + np.exp(-4))
    np.testing.assert_allclose(to_numpy(block(x)).item(), expected, rtol=1e-5)


def test_distillation_without_attention_is_the_task_itself():
    layer = layers.MultiModalDistillation(["b", "a"], ["a", "b"])
    a, b = random(1, 3, 3, 2), random(1, 3, 3, 2, seed=1)
    layer.build([a.shape, b.shape])
    layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    first, second = to_numpy(layer([a, b]))
    np.testing.assert_array_equal(first, b)
    np.testing.assert_array_equal(second, a)
    with pytest.raises(ValueError, match="c"):
        layers.MultiModalDistillation(["c"], ["a", "b"])


@pytest.mark.parametrize("grouping", ["neighbours", "tasks"])
def test_propagation_groups_channels(grouping):
    layer = layers.FeaturePropagation(grouping)
    layer.filters = 2
    # Two tasks of two channels; channel k·N + n, or n·c + k, is task n's.
    logits = np.log(np.array([1.0, 2.0, 3.0, 4.0], "float32"))
    masks = to_numpy(
        layer._softmax(ops.convert_to_tensor(logits.reshape(1, 1, 1, 4)), 2)
    ).ravel()
    expected = {
        "neighbours": [1 / 3, 2 / 3, 3 / 7, 4 / 7],
        "tasks": [1 / 4, 2 / 6, 3 / 4, 4 / 6],
    }[grouping]
    np.testing.assert_allclose(masks, expected, rtol=1e-5)
