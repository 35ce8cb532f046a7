"""TensorFlow's own operations, for what `keras.ops` can't do or does slowly.

Layers call these on the TensorFlow backend only.
"""


def resize_bilinear(x, size):
    """Bilinear resize; `keras.ops` can't take a size known at run time only.

    Args:
        x: Tensor `(batch, height, width, channels)`.
        size: Pair of integers or integer tensors.

    Returns:
        Tensor `(batch, *size, channels)`, the dtype of `x`.
    """
    import tensorflow as tf

    return tf.cast(tf.image.resize(x, tf.stack(size)), x.dtype)


def fused_batch_normalization(
    x, gamma, beta, moving_mean, moving_variance, epsilon, training
):
    """Batch normalisation in one operation, several times as fast in training.

    Args:
        x: Tensor `(batch, height, width, channels)`.
        gamma: Tensor `(channels,)`.
        beta: As `gamma`.
        moving_mean: As `gamma`, read outside of training.
        moving_variance: As `gamma`, read outside of training.
        epsilon: Float, added to the variance.
        training: Boolean, whether the batch's own statistics count.

    Returns:
        A triple: the output, and mean and biased variance of the batch.
    """
    import tensorflow as tf

    y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=tf.cast(gamma, "float32"),
        offset=tf.cast(beta, "float32"),
        # In training the operation computes these itself.
        mean=[] if training else tf.cast(moving_mean, "float32"),
        variance=[] if training else tf.cast(moving_variance, "float32"),
        epsilon=epsilon,
        is_training=training,
    )
    # The operation gives the unbiased variance, Keras keeps the biased: 0 of
    # one value, of which there is no unbiased one.
    count = tf.cast(tf.size(x), "float32") / x.shape[-1]
    return y, mean, tf.math.multiply_no_nan(variance, 1 - 1 / count)
