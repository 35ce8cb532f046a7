"""Batches of samples as a `tf.data.Dataset`.

This module calls TensorFlow.
"""

import atexit
import gc
import math
import sys
import traceback

import numpy as np
import tensorflow as tf

from mtl_zoo.datasets.order import Passes
from mtl_zoo.datasets.order import order


@atexit.register
def _close_pipelines():
    """Close what a failed script left open, while there still is a Python.

    A pipeline waits for its threads when it is closed, and theirs wait for
    ever once Python, which reads the samples, has ended.
    """
    traceback.clear_frames(getattr(sys, "last_traceback", None))
    gc.collect()


def make_pipeline(samples, batch_size, shuffle, seed, shard=(0, 1)):
    """Samples are read and changed in parallel, ahead of their use.

    Args:
        samples: `mtl_zoo.datasets.samples.Samples`.
        batch_size: Integer, or `None` for single samples.
        shuffle: Boolean.
        seed: Integer.
        shard: Pair `(index, count)`, which part of the samples.

    Returns:
        A `tf.data.Dataset` of pairs of image and dict of labels. Its `passes`
        is the `mtl_zoo.datasets.order.Passes` it follows.
    """
    passes = Passes()
    read = _reader(samples, seed)

    def open_pass(_):
        number = tf.numpy_function(lambda: passes.number, (), tf.int64)
        number.set_shape(())
        return number

    def read_pass(number):
        # What is sharded are numbers: no worker reads another one's samples.
        indices = tf.numpy_function(
            lambda number: order(len(samples), seed, number, shuffle, shard),
            (number,),
            tf.int64,
        )
        indices.set_shape((None,))
        data = tf.data.Dataset.from_tensor_slices(indices)
        data = data.map(
            lambda index: read(number, index),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        if batch_size is not None:
            data = data.batch(batch_size)
        return tf.data.Dataset.zip(
            tf.data.Dataset.from_tensors(number).repeat(),
            tf.data.Dataset.range(1, np.iinfo("int64").max),
            data.prefetch(tf.data.AUTOTUNE),
        )

    length = len(range(shard[0], len(samples), shard[1]))
    length = math.ceil(length / (batch_size or 1))

    def hand_out(number, place, batch):
        """Past everything that is read ahead: what is handed out is used."""

        def finish():
            return tf.numpy_function(_finish(passes), (number,), tf.bool)

        done = tf.cond(place == length, finish, lambda: tf.constant(False))
        with tf.control_dependencies([done]):
            return tf.nest.map_structure(tf.identity, batch)

    data = tf.data.Dataset.range(1).map(open_pass).flat_map(read_pass)
    data = data.map(hand_out)
    data = data.apply(tf.data.experimental.assert_cardinality(length))
    options = tf.data.Options()
    # There are no files that `tf.distribute` could share out by itself.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
        if shard[1] > 1
        else tf.data.experimental.AutoShardPolicy.DATA
    )
    data = data.with_options(options)
    data.passes = passes
    data.labels_are_checked = True  # When they were read.
    return data


def read_places(samples, places, seed):
    """Samples of any passes, one by one.

    Args:
        samples: `mtl_zoo.datasets.samples.Samples`.
        places: int64 array `(count, 2)`: pass, and index of the sample.
        seed: Integer.

    Returns:
        A `tf.data.Dataset` of pairs of image and dict of labels.
    """
    read = _reader(samples, seed)
    data = tf.data.Dataset.from_tensor_slices(places).map(
        lambda place: read(place[0], place[1]),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return data.with_options(options)


def _reader(samples, seed):
    """A function from pass and index to image and labels, as tensors."""
    keys = samples.keys
    example = samples.read(0, [seed, 0, 0])

    def read(number, index):
        sample = samples.read(index, [seed, int(number), int(index)])
        return list(sample.values())

    def read_tensors(number, index):
        tensors = tf.numpy_function(
            read,
            (number, index),
            [example[key].dtype for key in keys],
            stateful=False,
        )
        for key, tensor in zip(keys, tensors, strict=True):
            tensor.set_shape(example[key].shape)
        image, *rest = tensors
        return image, dict(zip(keys[1:], rest, strict=True))

    return read_tensors


def _finish(passes):
    def finish(number):
        passes.finish(int(number))
        return True

    return finish
