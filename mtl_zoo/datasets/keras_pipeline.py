"""Batches of samples as a `keras.utils.PyDataset`, without TensorFlow."""

import math
import os

import keras
import numpy as np


class Batches(keras.utils.PyDataset):
    """Samples are read and changed in threads, ahead of their use.

    Each batch depends on the seed, the epoch and its number alone, whichever
    thread makes it and when. `fit` takes the batches in another order, which
    `keras.utils.set_random_seed` settles; with `fit(…, shuffle=False)` it takes
    them as they come here.

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
        self._start(0)

    def __len__(self):
        return math.ceil(len(self._order) / (self._batch_size or 1))

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"There are {len(self)} batches, no {index}.")
        if self._batch_size is None:
            return self._pair(self._read(self._order[index]))
        start = index * self._batch_size
        samples = [
            self._read(i) for i in self._order[start : start + self._batch_size]
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
        self._start(self._epoch + 1)

    def _start(self, epoch):
        self._epoch = epoch
        order = np.arange(len(self._samples))
        if self._shuffle:
            np.random.default_rng([self._seed, epoch]).shuffle(order)
        index, count = self._shard
        self._order = order[index::count]

    def _read(self, index):
        return self._samples.read(index, [self._seed, self._epoch, index])

    def _pair(self, sample):
        image, *labels = (sample[key] for key in self._samples.keys)
        return image, dict(zip(self._samples.keys[1:], labels, strict=True))
