"""The blocks of vision transformers: against NumPy, SciPy and PyTorch."""

import keras
import numpy as np
import pytest
import scipy.special

from mtl_zoo import layers


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def to_numpy(x):
    return keras.ops.convert_to_numpy(x)


def randomize(layer, seed=0):
    """Weights that no initialiser gives, biases among them."""
    rng = np.random.default_rng(seed)
    layer.set_weights(
        [rng.normal(size=w.shape) / 3 for w in layer.get_weights()]
    )


def test_gelu_is_exact():
    x = np.linspace(-6, 6, 1201, dtype="float32")
    wide = x.astype("float64")
    expected = wide * (1 + scipy.special.erf(wide / np.sqrt(2))) / 2
    y = to_numpy(layers.gelu(x))
    np.testing.assert_allclose(y, expected, rtol=1e-6, atol=1e-6)
    # The usual approximation is as far off as this.
    tanh = to_numpy(keras.ops.gelu(x, approximate=True))
    assert np.abs(tanh - expected).max() > 4e-4


def test_attention_is_what_the_paper_says():
    layer = layers.SelfAttention(2)
    x = random(3, 5, 8)
    layer.build(x.shape)
    randomize(layer)
    joint, joint_bias, last, last_bias = layer.get_weights()
    q, k, v = np.split(x @ joint + joint_bias, 3, axis=-1)
    heads = []
    for channels in (slice(0, 4), slice(4, 8)):
        scores = q[..., channels] @ k[..., channels].swapaxes(1, 2) / 2
        heads.append(scipy.special.softmax(scores, -1) @ v[..., channels])
    expected = np.concatenate(heads, -1) @ last + last_bias
    np.testing.assert_allclose(to_numpy(layer(x)), expected, atol=1e-5)
    with pytest.raises(ValueError, match="8 channels.*num_heads=3"):
        layers.SelfAttention(3)(x)


def test_a_block_adds_attention_and_then_an_mlp():
    block = layers.TransformerBlock(2, mlp_ratio=2)
    x = random(2, 5, 8)
    block.build(x.shape)
    randomize(block)
    y = x + to_numpy(block.attention(block.attention_norm(x)))
    kernels = block.mlp.get_weights()
    assert [w.shape for w in kernels] == [(8, 16), (16,), (16, 8), (8,)]
    hidden = to_numpy(block.mlp_norm(y)) @ kernels[0] + kernels[1]
    hidden = hidden * scipy.special.ndtr(hidden)
    y = y + hidden @ kernels[2] + kernels[3]
    np.testing.assert_allclose(to_numpy(block(x)), y, atol=1e-5)


def test_stochastic_depth_leaves_branches_out_in_training_only():
    block = layers.TransformerBlock(2, stochastic_depth=0.5)
    x = np.repeat(random(1, 5, 8), 64, axis=0)
    whole = to_numpy(block(x, training=False))
    assert np.ptp(whole, axis=0).max() < 1e-5
    trained = to_numpy(block(x, training=True))
    # Both branches, either one (as much again), or none.
    kinds = np.unique(np.round(trained[:, 0, 0], 4))
    assert 3 <= len(kinds) <= 4
    none = np.abs(trained - x).max(axis=(1, 2)) == 0
    assert 4 < none.sum() < 32  # A quarter of 64.
    with pytest.raises(ValueError, match="stochastic_depth.*received 1.5"):
        layers.TransformerBlock(2, stochastic_depth=1.5)


def gradients(layer, x):
    """Of the sum of squares of what the layer gives in training."""
    backend = keras.backend.backend()
    variables = layer.trainable_variables
    if backend == "tensorflow":
        import tensorflow as tf

        @tf.function
        def run(x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layer(x, training=True) ** 2)
            return tape.gradient(loss, [v.value for v in variables])

        return [g.numpy() for g in run(x)]
    if backend == "torch":
        layer.zero_grad()
        (layer(x, training=True) ** 2).sum().backward()
        return [v.value.grad.numpy().copy() for v in variables]
    import jax

    state = [v.value for v in layer.non_trainable_variables]

    def loss(values):
        y, _ = layer.stateless_call(values, state, x, training=True)
        return (y**2).sum()

    return jax.grad(loss)([v.value for v in variables])


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_rematerialization_changes_no_gradient(rate):
    block = layers.TransformerBlock(2, stochastic_depth=rate)
    x = random(4, 5, 8)
    block.build(x.shape)
    found = []
    for block.rematerialize in (False, True):
        if rate:  # The same chance for both; PyTorch's is its own.
            keras.utils.set_random_seed(0)
            block.seed_generator.state.assign([3, 4])
        found.append(gradients(block, x))
    assert max(np.abs(g).max() for g in found[0]) > 0.1
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
