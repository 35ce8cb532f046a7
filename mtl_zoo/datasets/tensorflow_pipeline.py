"""Batches of samples as a `tf.data.Dataset`.

This module calls TensorFlow.
"""

import tensorflow as tf


def make_pipeline(samples, batch_size, shuffle, seed, shard=(0, 1)):
    """Samples are read and changed in parallel, ahead of their use.

    Args:
        samples: `mtl_zoo.datasets.samples.Samples`.
        batch_size: Integer, or `None` for single samples.
        shuffle: Boolean.
        seed: Integer.
        shard: Pair `(index, count)`, which part of the samples.

    Returns:
        A `tf.data.Dataset` of pairs of image and dict of labels.
    """
    keys = samples.keys
    example = samples.read(0, seed)

    def read(index, sample_seed):
        return list(samples.read(index, sample_seed).values())

    def read_tensors(index, sample_seed):
        tensors = tf.numpy_function(
            read,
            (index, sample_seed),
            [example[key].dtype for key in keys],
            stateful=False,
        )
        for key, tensor in zip(keys, tensors, strict=True):
            tensor.set_shape(example[key].shape)
        image, *rest = tensors
        return image, dict(zip(keys[1:], rest, strict=True))

    indices = tf.data.Dataset.range(len(samples))
    if shuffle:
        indices = indices.shuffle(
            len(samples), seed=seed, reshuffle_each_iteration=True
        )
    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True)
    # What is sharded are numbers: no worker reads another one's samples.
    data = tf.data.Dataset.zip(indices, seeds).shard(shard[1], shard[0])
    data = data.map(
        read_tensors, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    if batch_size is not None:
        data = data.batch(batch_size)
    options = tf.data.Options()
    # There are no files that `tf.distribute` could share out by itself.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
        if shard[1] > 1
        else tf.data.experimental.AutoShardPolicy.DATA
    )
    data = data.with_options(options).prefetch(tf.data.AUTOTUNE)
    data.labels_are_checked = True  # When they were read.
    return data
