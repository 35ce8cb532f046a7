"""Batches of samples as a `keras.utils.PyDataset`, without TensorFlow."""

import math
import os

import keras
import numpy as np

from mtl_zoo.datasets.order import Passes
from mtl_zoo.datasets.order import order


class Batches(keras.utils.PyDataset):
    """Samples are read and changed in threads, ahead of their use.

    Each batch depends on the seed, the pass and its number alone, whichever
    thread makes it and when, and is that of
    `mtl_zoo.datasets.tensorflow_pipeline`.

    Args:
        samples: `mtl_zoo.datasets.samples.Samples`.
        batch_size: Integer, or `None` for single samples.
        shuffle: Boolean. Another order in each epoch.
        seed: Integer.
        shard: Pair `(index, count)`, which part of the samples.
    """

    labels_are_checked = True  # When they are read.

    def __init__(self, samples, batch_size, shuffle, seed, shard=(0, 1)):
        workers = os.cpu_count() or 1
        super().__init__(workers=workers, max_queue_size=2 * workers)
        self._samples = samples
        self._batch_size = batch_size
        self._shuffle = shuffle
        self._seed = seed
        self._shard = shard
        self._length = len(range(shard[0], len(samples), shard[1]))
        self.passes = Passes()

    def __len__(self):
        return math.ceil(self._length / (self._batch_size or 1))

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"There are {len(self)} batches, no {index}.")
        number = self.passes.number
        places = self._order(number)
        if self._batch_size is None:
            return self._pair(self._read(number, places[index]))
        start = index * self._batch_size
        samples = [
            self._read(number, i)
            for i in places[start : start + self._batch_size]
        ]
        return self._pair(
            {
                key: np.stack([sample[key] for sample in samples])
                for key in self._samples.keys
            }
        )

    def __iter__(self):
        yield from (self[index] for index in range(len(self)))
        self.on_epoch_end()

    def on_epoch_end(self):
        self.passes.finish(self.passes.number)

    def _order(self, number):
        return order(
            len(self._samples), self._seed, number, self._shuffle, self._shard
        )

    def _read(self, number, index):
        index = int(index)
        return self._samples.read(index, [self._seed, number, index])

    def _pair(self, sample):
        image, *labels = (sample[key] for key in self._samples.keys)
        return image, dict(zip(self._samples.keys[1:], labels, strict=True))
