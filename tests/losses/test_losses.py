"""Losses by hand, with missing labels, and their gradients."""

import json

import keras
import numpy as np
import pytest

from mtl_zoo import losses
from mtl_zoo import tasks

CASES = {
    "cross_entropy": (losses.SparseCrossEntropy(), "semseg:4"),
    "l1": (losses.MaskedL1(), "depth"),
    "normals_l1": (losses.NormalsL1(), "normals"),
    "normals_cosine": (losses.NormalsCosine(), "normals"),
    "edge": (losses.BalancedBinaryCrossEntropy(), "edge"),
    "saliency": (losses.BalancedBinaryCrossEntropy(None), "saliency"),
}


@pytest.fixture(params=CASES)
def case(request):
    """(loss, labels, labels without any, predictions)."""
    loss, spec = CASES[request.param]
    task = tasks.get(spec)
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(4, 5, 6, task.channels)).astype("float32")
    if spec == "semseg:4":
        labels = rng.integers(0, 4, (4, 5, 6))
    elif spec in ("depth", "normals"):
        labels = np.abs(rng.normal(size=raw.shape)) + 0.1
    else:
        labels = rng.random(raw.shape) < 0.3
    labels = labels.astype(task.label_dtype)
    return loss, labels, np.full_like(labels, task.ignore), raw


def value_and_gradient(loss, labels, predictions):
    """The loss and its gradient to the predictions, as NumPy numbers."""
    backend = keras.backend.backend()
    predictions = np.asarray(predictions, "float32")
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.constant(predictions)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(labels, x)
        gradient = tape.gradient(value, x)
    elif backend == "jax":
        import jax

        value, gradient = jax.value_and_grad(lambda x: loss(labels, x))(
            predictions
        )
    else:
        import torch

        x = torch.tensor(predictions, requires_grad=True)
        value = loss(labels, x)
        value.backward()
        value, gradient = value.detach(), x.grad
    return float(value), np.array(gradient)


def test_nothing_labelled(case):
    loss, _, empty, raw = case
    value, gradient = value_and_gradient(loss, empty, raw)
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)
    assert [float(x) for x in loss.sums(empty, raw)] == [0, 0]


def test_half_labelled_is_the_loss_of_that_half(case):
    loss, labels, empty, raw = case
    half = np.concatenate([labels[:2], empty[2:]])
    value, gradient = value_and_gradient(loss, half, raw)
    expected, inner = value_and_gradient(loss, labels[:2], raw[:2])
    assert value == pytest.approx(expected, rel=1e-5)
    assert value > 0
    np.testing.assert_allclose(gradient[:2], inner, rtol=1e-4, atol=1e-8)
    np.testing.assert_array_equal(gradient[2:], 0)


def test_zero_predictions_have_finite_gradients(case):
    loss, labels, _, raw = case
    value, gradient = value_and_gradient(loss, labels, 0 * raw)
    assert np.isfinite(value) and np.isfinite(gradient).all()
    assert np.abs(gradient).max() < 10


def test_huge_predictions_are_finite(case):
    loss, labels, _, raw = case
    value, gradient = value_and_gradient(loss, labels, 1e4 * raw)
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_sums_of_parts_give_the_whole(case):
    loss, labels, _, raw = case
    if getattr(loss, "positive_weight", 1) is None:
        pytest.skip("weighted by the share of negatives in its own batch")
    parts = [loss.sums(labels[i : i + 1], raw[i : i + 1]) for i in range(4)]
    total, count = np.sum([[float(x) for x in part] for part in parts], axis=0)
    assert total / count == pytest.approx(float(loss(labels, raw)), rel=1e-5)


def test_labels_of_any_type_and_with_or_without_channels(case):
    loss, labels, _, raw = case
    expected = float(loss(labels, raw))
    assert float(loss(labels.astype("float64"), raw)) == pytest.approx(expected)
    if labels.ndim == 3:
        assert float(loss(labels[..., None], raw)) == expected
        assert float(loss(labels.astype("uint8"), raw)) == expected
    elif labels.shape[-1] == 1:
        assert float(loss(labels[..., 0], raw)) == expected


def test_float32_in_any_precision(case):
    loss, labels, _, raw = case
    low = keras.ops.cast(raw, "bfloat16")
    value = loss(labels, low)
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    exact = keras.ops.convert_to_numpy(keras.ops.cast(low, "float32"))
    assert float(value) == pytest.approx(float(loss(labels, exact)), rel=1e-5)


def test_wrong_shapes_and_sample_weight(case):
    loss, labels, _, raw = case
    with pytest.raises(ValueError, match=r"\(4, 5, 6, "):
        loss(labels[:, :4], raw)
    with pytest.raises(ValueError, match="rank|shape"):
        loss(labels[0, 0], raw)
    with pytest.raises(ValueError, match="sample_weight"):
        loss(labels, raw, np.ones(4))


def test_losses_serialise(case):
    loss, labels, _, raw = case
    config = keras.saving.serialize_keras_object(loss)
    copy = keras.saving.deserialize_keras_object(json.loads(json.dumps(config)))
    assert copy.get_config() == loss.get_config()
    assert float(copy(labels, raw)) == float(loss(labels, raw))


def test_ids_that_are_no_class_are_ignored():
    loss = losses.SparseCrossEntropy(ignore_label=3)
    labels = np.array([[[0, 3, 4, -1, 255]]])
    raw = np.zeros((1, 1, 5, 4), "float32")
    raw[..., 1:, :] = np.random.default_rng(0).normal(size=(4, 4))
    assert float(loss(labels, raw)) == pytest.approx(np.log(4), rel=1e-5)


def test_depth_that_is_not_finite_is_unknown():
    labels = np.array([2.0, np.nan, np.inf, -1.0]).reshape(1, 1, 4, 1)
    value, gradient = value_and_gradient(
        losses.MaskedL1(), labels, np.ones((1, 1, 4, 1))
    )
    assert value == 1
    np.testing.assert_array_equal(gradient.ravel(), [-1, 0, 0, 0])


def test_balanced_cross_entropy_by_hand():
    labels = np.array([1, 0, 0, 255]).reshape(1, 1, 4, 1)
    raw = np.zeros((1, 1, 4, 1))
    value = float(losses.BalancedBinaryCrossEntropy()(labels, raw))
    assert value == pytest.approx((0.95 + 2 * 0.05) * np.log(2) / 3, rel=1e-5)
    value = float(losses.BalancedBinaryCrossEntropy(None)(labels, raw))
    assert value == pytest.approx((4 / 3) * np.log(2) / 3, rel=1e-5)
    with pytest.raises(ValueError, match="from 0 to 1; received 95"):
        losses.BalancedBinaryCrossEntropy(95)
