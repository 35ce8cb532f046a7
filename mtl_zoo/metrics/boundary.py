"""odsF of edges: boundaries that may lie a little off, one threshold for all.

The boundary F-measure at the optimal data-set scale of Martin, Fowlkes and
Malik (https://doi.org/10.1109/TPAMI.2004.1273918), as the `seism` toolbox
(https://doi.org/10.1109/TPAMI.2015.2481406) and, through it, the survey of
Vandenhende et al. (https://arxiv.org/abs/2004.13379) compute it: threshold,
thin, match one to one within a distance, sum over all images, take the best
threshold. On NumPy and SciPy, outside any graph.
"""

import collections

import numpy as np
from keras import ops
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from mtl_zoo.losses.labels import known_binary
from mtl_zoo.losses.labels import to_pair

THRESHOLDS = np.arange(1, 100) / 100
_MAX_PENDING = 256  # images that wait for a process, in memory


class BoundaryMetrics:
    """odsF of edge predictions.

    `result()` is `{"odsF", "ods_threshold", "precision", "recall"}`. For each
    threshold 0.01, 0.02, …, 0.99 the pixels with at least that probability are
    thinned (Zhang and Suen, https://doi.org/10.1145/357994.358023), as is the
    label, and matched one to one within a distance. Counts are summed over all
    images; `odsF` is the best F-measure of any one threshold.

    It has a metric's interface, but is not a Keras metric and does not work in
    a graph. Predictions where nothing is labelled are left out after thinning.

    The greatest possible number of pairs is found exactly: the deviation from
    a brute-force matcher is 0, which a test shows. What differs from `seism`:
    it finds pairs by a minimum-cost assignment on a pruned graph; thinning is
    Zhang-Suen's, where MATLAB's `bwmorph` uses Guo's and Hall's; predictions
    are not thinned by non-maximum suppression before.

    Args:
        max_distance: Float. How far a pair may lie apart, as a share of the
            image's diagonal: `0.0075` is published for PASCAL, `0.011` for
            NYUD. Defaults to `0.0075`.
        executor: `concurrent.futures.Executor` over whose processes images are
            spread, for threads gain nothing. Defaults to `None`: one after
            another, here.

    Raises:
        ValueError: If `max_distance` is negative.

    Example:

    ```python
    metric = mtl_zoo.metrics.BoundaryMetrics()
    labels = np.zeros((1, 96, 128, 1))
    labels[:, 40] = 1
    metric.update_state(labels, np.roll(20 * labels - 10, 1, axis=1))
    metric.result()["odsF"]  # 1.0
    ```
    """

    def __init__(self, max_distance=0.0075, executor=None):
        if not max_distance >= 0:
            raise ValueError(
                f"max_distance is at least 0; received {max_distance!r}."
            )
        self.max_distance = max_distance
        self.executor = executor
        self.reset_state()

    def reset_state(self):
        """Forgets all images."""
        self._counts = np.zeros((3, len(THRESHOLDS)), "int64")
        self._pending = collections.deque()

    def update_state(self, y_true, y_pred):
        """Counts a batch.

        Args:
            y_true: Labels `(batch, height, width[, 1])`, 0 or 1, 255 where not
                labelled.
            y_pred: Logits `(batch, height, width, 1)`.
        """
        labels, logits = to_pair(y_true, y_pred)
        maps = (labels[..., 0], known_binary(labels)[..., 0])
        maps = (*maps, ops.sigmoid(logits)[..., 0])
        maps = [ops.convert_to_numpy(m) for m in maps]
        for label, known, probability in zip(*maps, strict=True):
            image = (
                known & (label >= 0.5),
                probability,
                self.max_distance,
                known,
            )
            if self.executor is None:
                self._counts += count_boundaries(*image)
            else:
                self._pending.append(
                    self.executor.submit(count_boundaries, *image)
                )
                self._collect(_MAX_PENDING)

    def result(self):
        """The metrics of all images so far; 0 where there is no edge."""
        self._collect()
        matched, found, there = self._counts
        f = 2 * matched / np.maximum(found + there, 1)
        best = int(f.argmax())
        return {
            "odsF": float(f[best]),
            "ods_threshold": float(THRESHOLDS[best]),
            "precision": float(matched[best] / max(found[best], 1)),
            "recall": float(matched[best] / max(there[best], 1)),
        }

    def _collect(self, max_pending=0):
        while len(self._pending) > max_pending:
            self._counts += self._pending.popleft().result()


def count_boundaries(label, probability, max_distance, known=None):
    """Boundary pixels of one image, matched, found and there.

    Args:
        label: Boolean array `(height, width)`.
        probability: Float array `(height, width)`.
        max_distance: Float, share of the image's diagonal.
        known: Boolean array `(height, width)`, what counts. Defaults to all.

    Returns:
        Integer array `(3, 99)`: pairs, predicted and labelled boundary pixels
        at each of the thresholds.
    """
    found = thin_at_thresholds(probability)
    there = thin(label)
    if known is not None:
        found &= known
        there &= known
    matched = _count_pairs(there, found, max_distance * np.hypot(*label.shape))
    return np.stack(
        [
            matched,
            found.sum((1, 2)),
            np.full(len(found), there.sum()),
        ]
    )


def thin(mask):
    """The one pixel wide skeleton of a mask, by Zhang and Suen.

    Args:
        mask: Boolean array `(height, width)`.

    Returns:
        Boolean array of the same shape.
    """
    return _thin_words(mask.astype("uint64")[None])[0].astype(bool)


def thin_at_thresholds(probability):
    """The skeletons of a probability map at all thresholds.

    Args:
        probability: Float array `(height, width)`.

    Returns:
        Boolean array `(99, height, width)`.
    """
    # Bit k of a pixel's two words says whether it reaches threshold k, so that
    # one bitwise operation works on 64 thresholds at once.
    level = np.searchsorted(
        THRESHOLDS.astype(probability.dtype), probability, side="right"
    )
    reached = np.arange(128) < np.arange(100)[:, None]
    table = np.packbits(reached, axis=1, bitorder="little").view("<u8")
    words = _thin_words(np.moveaxis(table[level], -1, 0))
    octets = np.moveaxis(words, 0, -1).astype("<u8", order="C").view("uint8")
    bits = np.unpackbits(octets, axis=-1, bitorder="little")
    return np.moveaxis(bits[..., : len(THRESHOLDS)], -1, 0).astype(bool)


def _thin_words(words):
    """Zhang-Suen on every bit of uint64 words `(words, height, width)`."""
    words = np.pad(words, ((0, 0), (1, 1), (1, 1)))
    inside = words[:, 1:-1, 1:-1]
    height, width = inside.shape[1:]
    # The neighbours in the order of the paper: north, then clockwise.
    offsets = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    while True:
        changed = False
        for first in (True, False):
            around = [
                words[:, y : y + height, x : x + width] for y, x in offsets
            ]
            north, east, south, west = around[::2]
            if first:
                corner = ~(east & south & (north | west))
            else:
                corner = ~(north & west & (east | south))
            steps = [
                ~a & b
                for a, b in zip(around, around[1:] + around[:1], strict=True)
            ]
            one_step, more_steps = _at_least_one_and_two(steps)
            _, two_set = _at_least_one_and_two(around)
            _, two_clear = _at_least_one_and_two([~a for a in around])
            remove = inside & two_set & two_clear & corner
            remove &= one_step & ~more_steps
            if remove.any():
                changed = True
                inside ^= remove
        if not changed:
            return inside


def _at_least_one_and_two(words):
    one = np.zeros_like(words[0])
    two = np.zeros_like(words[0])
    for word in words:
        two |= one & word
        one |= word
    return one, two


def _count_pairs(there, found, radius):
    """The most one-to-one pairs within a radius, for each map of `found`."""
    reach = int(radius)
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    near = dy * dy + dx * dx <= radius * radius
    y, x = np.nonzero(there)
    rows = y[:, None] + reach + dy[near]
    columns = x[:, None] + reach + dx[near]
    pairs = np.zeros(len(found), "int64")
    for i, mask in enumerate(found):
        if i and np.array_equal(mask, found[i - 1]):
            pairs[i] = pairs[i - 1]
            continue
        number = np.full(mask.shape, -1, "int32")
        number[mask] = np.arange(mask.sum())
        partners = np.pad(number, reach, constant_values=-1)[rows, columns]
        pairs[i] = _most_pairs(partners, mask.sum())
    return pairs


def _most_pairs(partners, num_partners):
    """The size of the greatest one-to-one matching.

    As the greatest flow from a source through the rows and the partners to a
    sink: on these graphs SciPy's is a thousand times as fast as its
    `maximum_bipartite_matching`.

    Args:
        partners: int32 array `(rows, candidates)`, the partners that each row
            can be paired with, from 0; -1 is none.
        num_partners: Integer.
    """
    num_rows = len(partners)
    paired = partners >= 0
    if not paired.any():
        return 0
    sink = 1 + num_rows + num_partners
    targets = [
        np.arange(1, 1 + num_rows),
        1 + num_rows + partners[paired],
        np.full(num_partners, sink),
    ]
    out_degrees = [[num_rows], paired.sum(1), np.ones(num_partners, int), [0]]
    starts = np.concatenate([[0], np.concatenate(out_degrees).cumsum()])
    targets = np.concatenate(targets).astype("int32")
    graph = sparse.csr_array(
        (np.ones(len(targets), "int32"), targets, starts.astype("int32")),
        shape=(sink + 1, sink + 1),
    )
    return maximum_flow(graph, 0, sink).flow_value
