"""Batches of samples as a `tf.data.Dataset`.

This module calls TensorFlow.
"""

import numpy as np
import tensorflow as tf

from mtl_zoo.datasets.augmentation import augment


def make_pipeline(
    source, labels, batch_size, recipe, shuffle, seed, shard=(0, 1)
):
    """Samples are read and changed in parallel, ahead of their use.

    Args:
        source: Sequence of samples, all of one size.
        labels: List of names of labels.
        batch_size: Integer, or `None` for single samples.
        recipe: `Recipe`, or `None` for no augmentation.
        shuffle: Boolean.
        seed: Integer.
        shard: Pair `(index, count)`, which part of the samples.

    Returns:
        A `tf.data.Dataset` of pairs of image and dict of labels.
    """
    keys = ["image", *labels]
    example = source[0]

    def read(index, sample_seed):
        sample = source[int(index)]
        sample = {key: sample[key] for key in keys}
        if recipe is not None:
            sample = augment(sample, np.random.default_rng(sample_seed), recipe)
        return [np.ascontiguousarray(sample[key]) for key in keys]

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
        return image, dict(zip(labels, rest, strict=True))

    indices = tf.data.Dataset.range(len(source))
    if shuffle:
        indices = indices.shuffle(
            len(source), seed=seed, reshuffle_each_iteration=True
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
    return data.with_options(options).prefetch(tf.data.AUTOTUNE)
