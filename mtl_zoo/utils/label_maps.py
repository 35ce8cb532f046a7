"""What labels look like, and which pixels of them are known.

Losses, metrics and tasks all read labels through this module, so that they
agree on what counts: class ids other than the ignored one, depth above 0,
normals other than the zero vector, and 0 or 1 for edges and saliency.
"""

from keras import ops


def to_maps(labels):
    """Labels as float32 maps with a channel axis.

    Args:
        labels: Tensor or array `(batch, height, width[, channels])` of any
            dtype.

    Returns:
        Float32 tensor `(batch, height, width, channels)`.

    Raises:
        ValueError: If `labels` has another rank.
    """
    maps = ops.cast(ops.convert_to_tensor(labels), "float32")
    if len(maps.shape) == 3:
        maps = ops.expand_dims(maps, -1)
    if len(maps.shape) != 4:
        raise ValueError(
            "Labels and predictions have shape (batch, height, width[, "
            f"channels]); received {tuple(maps.shape)}."
        )
    return maps


def to_pair(y_true, y_pred, label_channels=None):
    """Labels and predictions as float32 maps that fit each other.

    Args:
        y_true: Labels `(batch, height, width[, channels])`.
        y_pred: Predictions `(batch, height, width, channels)`.
        label_channels: Integer, how many channels labels have. Defaults to as
            many as the predictions.

    Returns:
        A pair of float32 tensors of rank 4.

    Raises:
        ValueError: If the known parts of the shapes don't fit.
    """
    labels, predictions = to_maps(y_true), to_maps(y_pred)
    expected = (
        *predictions.shape[:3],
        label_channels or predictions.shape[-1],
    )
    if any(
        None not in sizes and sizes[0] != sizes[1]
        for sizes in zip(labels.shape, expected, strict=True)
    ):
        raise ValueError(
            f"Predictions of shape {tuple(predictions.shape)} go with labels "
            f"of shape {expected}; received {tuple(labels.shape)}."
        )
    return labels, predictions


def refuse_weights(sample_weight):
    """Raise `ValueError` where something is weighed: labels alone say.

    Args:
        sample_weight: What Keras hands on; `None` is right.
    """
    if sample_weight is not None:
        raise ValueError(
            "sample_weight is not supported: mark what does not count as "
            "ignored in the labels."
        )


def known_classes(labels, num_classes, ignore_label=255):
    """Where class ids are labelled.

    Args:
        labels: Float32 tensor `(batch, height, width, 1)` of class ids.
        num_classes: Integer. Ids that are not in `[0, num_classes)` are not
            known: graphs can't raise errors about values.
        ignore_label: Integer. The id that means "not labelled". Defaults to
            `255`.

    Returns:
        Boolean tensor `(batch, height, width, 1)`.
    """
    in_range = ops.logical_and(labels >= 0, labels < num_classes)
    return ops.logical_and(in_range, labels != ignore_label)


def known_depth(labels):
    """Where depth is labelled: above 0 and finite.

    Args:
        labels: Float32 tensor `(batch, height, width, 1)`, metres.

    Returns:
        Boolean tensor `(batch, height, width, 1)`.
    """
    return ops.logical_and(labels > 0, ops.isfinite(labels))


def known_normals(labels):
    """Where normals are labelled: finite and not the zero vector.

    Args:
        labels: Float32 tensor `(batch, height, width, 3)`.

    Returns:
        Boolean tensor `(batch, height, width, 1)`.
    """
    return known_depth(ops.sum(ops.square(labels), axis=-1, keepdims=True))


def known_binary(labels):
    """Where edges or saliency are labelled: from 0 to 1.

    Args:
        labels: Float32 tensor `(batch, height, width, 1)`; 255, or anything
            else outside `[0, 1]`, means "not labelled".

    Returns:
        Boolean tensor `(batch, height, width, 1)`.
    """
    return ops.logical_and(labels >= 0, labels <= 1)


def unit_vectors(vectors):
    """Vectors scaled to length 1, in float32, with finite gradients.

    Vectors shorter than 1e-6 have no direction to speak of and stay as they
    are.

    Args:
        vectors: Tensor `(…, 3)`.

    Returns:
        Float32 tensor of the same shape.
    """
    vectors = ops.cast(vectors, "float32")
    squares = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    long = squares > 1e-12
    # The inner `where` keeps the gradient of the root finite where it is not
    # used: infinity times 0 would be NaN.
    scale = ops.where(long, ops.rsqrt(ops.where(long, squares, 1.0)), 1.0)
    return vectors * scale
