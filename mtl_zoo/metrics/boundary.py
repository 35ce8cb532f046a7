"""odsF of edges: boundaries that may lie a little off, one threshold for all.

The boundary F-measure at the optimal data-set scale of Martin, Fowlkes and
Malik (https://doi.org/10.1109/TPAMI.2004.1273918), as the `seism` toolbox
(https://doi.org/10.1109/TPAMI.2015.2481406) and, through it, the survey of
Vandenhende et al. (https://arxiv.org/abs/2004.13379) compute it: threshold,
thin, match one to one within a distance, sum over all images, take the best
threshold. On NumPy and SciPy, outside any graph.
"""

import collections
import functools

import numpy as np
from keras import ops
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from mtl_zoo.utils.label_maps import known_binary
from mtl_zoo.utils.label_maps import to_pair

THRESHOLDS = np.arange(1, 100) / 100
_MAX_PENDING = 256  # images that wait for a process, in memory
_MAX_CANDIDATES = 2**22  # pairs that are looked at at once, in memory


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
    return _thin_words(mask.astype("uint8")[None])[0].astype(bool)


def thin_at_thresholds(probability):
    """The skeletons of a probability map at all thresholds.

    Args:
        probability: Float array `(height, width)`.

    Returns:
        Boolean array `(99, height, width)`.
    """
    level = np.searchsorted(
        THRESHOLDS.astype(probability.dtype), probability, side="right"
    )
    # Bit k of a pixel's words says whether it reaches the k-th level there
    # is above 0, so that one bitwise operation works on up to 64 maps at once.
    levels = np.union1d(level, 0)
    count = len(levels) - 1
    bits = 8 if count <= 8 else -(-count // 64) * 64
    reached = np.arange(bits) < np.arange(1 + count)[:, None]
    table = np.packbits(reached, axis=1, bitorder="little")
    table = table.view("u1" if bits == 8 else "<u8")
    words = table[np.searchsorted(levels, level)]
    words = _thin_words(np.moveaxis(words, -1, 0))
    octets = np.moveaxis(words, 0, -1).copy(order="C").view("u1")
    maps = np.unpackbits(octets, axis=-1, count=count, bitorder="little")
    maps = np.pad(np.moveaxis(maps, -1, 0), ((0, 1), (0, 0), (0, 0)))
    # Above the highest level nothing is left, which is the map added.
    thresholds = np.arange(1, 1 + len(THRESHOLDS))
    return maps[np.searchsorted(levels, thresholds) - 1].astype(bool)


def _thin_words(words):
    """Zhang-Suen on every bit of words `(words, height, width)`."""
    words = np.pad(words, ((0, 0), (1, 1), (1, 1)))
    inside = words[:, 1:-1, 1:-1]
    height, width = inside.shape[1:]
    # The neighbours in the order of the paper: north, then clockwise.
    offsets = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    while True:
        changed = False
        for first in (True, False):
            # Copies: NumPy takes half the time for arrays without gaps.
            around = [
                words[:, y : y + height, x : x + width].copy()
                for y, x in offsets
            ]
            north, east, south, west = around[::2]
            if first:
                corner = east & south & (north | west)
            else:
                corner = north & west & (east | south)
            following = around[1:] + around[:1]
            both = list(map(np.bitwise_and, around, following))
            either = list(map(np.bitwise_or, around, following))
            steps = map(np.bitwise_xor, around, either)
            # With one step from clear to set, the neighbours that are set are
            # one run, and so are the clear ones: there are two of a kind
            # where two neighbours in turn are of it.
            two_set = functools.reduce(np.bitwise_or, both)
            one_clear = functools.reduce(np.bitwise_and, either)
            remove = inside & two_set & ~one_clear & ~corner & _one_of(steps)
            if remove.any():
                changed = True
                inside ^= remove
        if not changed:
            return inside


def _one_of(words):
    """The bits that are set in exactly one of several words."""
    some, more = next(words), 0
    for word in words:
        more |= some & word
        some |= word
    return some & ~more


def _count_pairs(there, found, radius):
    """The most one-to-one pairs within a radius, for each map of `found`."""
    reach = int(radius)
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    near = dy * dy + dx * dx <= radius * radius
    y, x = np.nonzero(there)
    rows = y[:, None] + reach + dy[near]
    columns = x[:, None] + reach + dx[near]
    # Many a map equals the one before.
    new = np.append(True, (found[1:] != found[:-1]).any((1, 2)))
    maps = np.pad(found[new], ((0, 0), (reach, reach), (reach, reach)))
    at_once = max(1, _MAX_CANDIDATES // max(1, rows.size))
    pairs = [
        _most_pairs(maps[i : i + at_once], rows, columns)
        for i in range(0, len(maps), at_once)
    ]
    return np.concatenate(pairs)[np.cumsum(new) - 1]


def _most_pairs(maps, rows, columns):
    """The sizes of the greatest one-to-one matchings of some maps.

    As the greatest flow from a source through labelled pixels and what was
    found near them to a sink: on these graphs SciPy's is a thousand times as
    fast as its `maximum_bipartite_matching`. All maps are in one graph, for a
    call takes longer than the flow of one.

    Args:
        maps: Boolean array `(maps, height, width)`, what was found.
        rows: Integer array `(labelled pixels, candidates)`, where in a map
            what a labelled pixel can be paired with may be.
        columns: The same.

    Returns:
        Integer array `(maps,)`.
    """
    num_found = np.count_nonzero(maps)
    number = np.full(maps.shape, -1, "int32")
    number[maps] = np.arange(num_found)
    # One line per map and labelled pixel; -1 is no candidate.
    candidates = number[:, rows, columns].reshape(-1, rows.shape[1])
    paired = candidates >= 0
    if not paired.any():
        return np.zeros(len(maps), "int64")
    sink = 1 + len(candidates) + num_found
    targets = [
        np.arange(1, 1 + len(candidates)),
        1 + len(candidates) + candidates[paired],
        np.full(num_found, sink),
    ]
    out_degrees = [
        [0, len(candidates)],
        paired.sum(1),
        np.ones(num_found, int),
        [0],
    ]
    targets = np.concatenate(targets).astype("int32")
    starts = np.concatenate(out_degrees).cumsum().astype("int32")
    graph = sparse.csr_array(
        (np.ones(len(targets), "int32"), targets, starts),
        shape=(sink + 1, sink + 1),
    )
    flow = maximum_flow(graph, 0, sink).flow
    from_source = slice(flow.indptr[0], flow.indptr[1])
    which = (flow.indices[from_source] - 1) // len(rows)
    pairs = np.bincount(which, flow.data[from_source], len(maps))
    return pairs.astype("int64")
