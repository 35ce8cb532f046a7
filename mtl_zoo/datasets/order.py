"""Which sample comes when: what seed and pass say, and nothing else.

A pass is one time through the data, from 0. Its order and the changes of its
samples do not depend on how often the data was opened, which Keras does at
times to look at a batch, nor on who reads it, and how far ahead.
"""

import numpy as np


def order(count, seed, number, shuffle=True, shard=(0, 1)):
    """The samples of a pass, in their order.

    Args:
        count: Integer, how many samples there are.
        seed: Integer, from 0.
        number: Integer, the pass.
        shuffle: Boolean. Defaults to `True`.
        shard: Pair `(index, count)`, which part of them. Defaults to all.

    Returns:
        int64 array of indices.

    Example:

    ```python
    order(5, seed=0, number=3)  # the same five, whenever it is asked for
    ```
    """
    indices = np.arange(count, dtype="int64")
    if shuffle:
        np.random.default_rng([seed, number]).shuffle(indices)
    return indices[shard[0] :: shard[1]]


class Passes:
    """Which pass a data set is in.

    Each pass that is read to its end is followed by the next. `fit` of a
    `mtl_zoo.models.MultiTaskModel` says itself which one it wants.

    Example:

    ```python
    passes = Passes()
    passes.finish(passes.number)
    passes.number  # 1
    ```
    """

    def __init__(self):
        self._number = 0
        self._fitted = None

    @property
    def number(self):
        """Integer, the pass that whoever opens the data now gets."""
        return self._number if self._fitted is None else self._fitted

    def finish(self, number):
        """Take note that a pass was read to its end.

        Args:
            number: Integer.
        """
        if self._fitted is None:
            self._number = max(self._number, number + 1)

    def begin_fit(self, epochs_before=0):
        """Hold the pass from now on, whatever is read to its end.

        Args:
            epochs_before: Integer, how many epochs of this `fit` are done.
        """
        self._fitted = self._number + epochs_before

    def end_fit(self):
        """Go on with the pass after the one that was held."""
        if self._fitted is not None:
            self._number, self._fitted = self._fitted + 1, None
