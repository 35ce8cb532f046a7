"""InvPT's layers, beside what its parity cases show."""

import keras
import numpy as np
import pytest
import scipy.special

from mtl_zoo import layers


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def to_numpy(x):
    return keras.tree.map_structure(keras.ops.convert_to_numpy, x)


def test_all_tasks_attend_to_all_tasks():
    """One pixel a query, one a key: the attention can be written down."""
    layer = layers.CrossTaskAttention(["a", "b"], 2)
    maps = [random(1, 2, 2, 4, seed=i) for i in range(2)]
    layer.build([x.shape for x in maps])
    rng = np.random.default_rng(2)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    for norm in layer.query_norms.values():
        norm.set_weights([np.ones(4), np.zeros(4), np.zeros(4), np.ones(4)])
    x, scores = to_numpy(layer(maps))
    assert x.shape == (1, 4, 2, 4)

    def project(name, x):
        kernel, bias = layer.projections[name].get_weights()
        return x @ kernel + bias

    queries, pooled = [], []
    for task, one in zip("ab", maps, strict=True):
        # At stride 2 with a row and a column of padding: the lower right part
        # of the kernel lies on the four pixels.
        (kernel,) = layer.query_convolutions[task].get_weights()
        lies = one[0] * kernel[1:, 1:, :, 0]
        queries.append(lies.sum((0, 1)) / np.sqrt(1 + 1e-5))
        pooled.append(one[0].mean((0, 1)))
    q, k, v = (
        project(name, np.array(source))
        for name, source in (
            ("queries", queries),
            ("keys", pooled),
            ("values", pooled),
        )
    )
    heads = []
    for h, channels in enumerate((slice(0, 2), slice(2, 4))):
        expected = q[:, channels] @ k[:, channels].T / np.sqrt(4)
        np.testing.assert_allclose(scores[0, h], expected, atol=1e-4)
        heads.append(scipy.special.softmax(expected, -1) @ v[:, channels])
    expected = project("output", np.concatenate(heads, -1))
    expected = np.repeat(expected, 4, axis=0).reshape(4, 2, 4)
    np.testing.assert_allclose(x[0], expected, atol=1e-4)


def test_a_message_is_enlarged_and_mixed_in():
    layer = layers.CrossTaskAttention(["a", "b"], 4, passes_message=True)
    maps = [random(1, 4, 4, 4, seed=i) for i in range(2)]
    former = random(1, 2, 2, 2, seed=3)  # A query and a key per task.
    layer.build([x.shape for x in maps])
    mix, shift = random(4, 2, seed=4), random(2, seed=5)
    layer.message_kernel.assign(np.eye(4, 2))
    _, own = to_numpy(layer(maps, former=former))
    layer.message_kernel.assign(mix)
    layer.message_bias.assign(shift)
    _, mixed = to_numpy(layer(maps, former=former))
    enlarged = np.repeat(former, 4, axis=2)  # Every query became four.
    both = np.concatenate([own, enlarged], axis=1)
    expected = np.einsum("io,niqk->noqk", mix, both) + shift[:, None, None]
    np.testing.assert_allclose(mixed, expected, atol=1e-4)


def test_aggregation_normalizes_the_tasks_together():
    layer = layers.CrossTaskAggregation(["a", "b"], factor=2)
    coarse = [random(1, 1, 1, 4, seed=i) for i in range(2)]
    fine = [random(1, 2, 2, 2, seed=i + 2) for i in range(2)]
    layer.build([[x.shape for x in stage] for stage in (coarse, fine)])
    sums = to_numpy(layer([coarse, fine]))

    def normalize(stage):
        x = np.concatenate(stage, -1)
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5)
        return np.split(x, 2, axis=-1)

    for t, task in enumerate("ab"):
        kernel, bias = layer.projections[f"projection_1_{task}"].get_weights()
        expected = normalize(fine)[t] @ kernel[0, 0] + bias
        expected = expected + normalize(coarse)[t]
        np.testing.assert_allclose(sums[t], expected, atol=1e-5)


def test_widths_that_cannot_be_shared_are_told():
    with pytest.raises(ValueError, match="5 channels .* 2 heads"):
        layers.CrossTaskAttention(["a"], 2)([np.zeros((1, 4, 4, 5))])


def test_what_is_padded_is_cropped():
    x = random(1, 5, 7, 3)
    padded = layers.PadToMultiple(4)(x)
    assert tuple(padded.shape) == (1, 8, 8, 3)
    np.testing.assert_array_equal(to_numpy(layers.CropLike()(padded, x)), x)


@pytest.mark.parametrize("size", [(3, 4), (1, 1)])
def test_transposed_convolution_is_pytorchs(size):
    torch = pytest.importorskip("torch")
    x = random(2, *size, 3)
    layer = layers.Conv2DTranspose(5)
    layer.build(x.shape)
    weight, bias = random(3, 5, 3, 3, seed=1), random(5, seed=2)
    layer.set_weights([weight.transpose(2, 3, 1, 0), bias])
    expected = torch.nn.functional.conv_transpose2d(
        torch.from_numpy(x.transpose(0, 3, 1, 2)),
        torch.from_numpy(weight),
        torch.from_numpy(bias),
        stride=2,
        padding=1,
        output_padding=1,
    )
    np.testing.assert_allclose(
        to_numpy(layer(x)),
        expected.numpy().transpose(0, 2, 3, 1),
        atol=1e-5,
    )
