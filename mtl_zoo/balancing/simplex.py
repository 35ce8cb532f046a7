"""The inner problems of MGDA, CAGrad and MoDo: shares of tasks.

Solvers such as SciPy's SLSQP run outside of the compiled training step, and
would hold up the device in every step. The problem is one of a handful of
numbers, so a fixed number of exact steps in `keras.ops` does; the tests compare
it with SciPy.
"""

from keras import ops

_TINY = 1e-20


def minimize(gram, linear, slope, labelled, iterations=50):
    """The shares `w` with the least `linear · w + slope * sqrt(wᵀ gram w)`.

    Shares are at least 0 and add up to 1. Every iteration moves share from one
    task to another, as far as lowers the value most, which has a closed form;
    of all pairs of tasks it takes the one where that helps most (coordinate
    descent, as SMO solves support vector machines). With two tasks the first
    iteration is exact.

    Args:
        gram: Float32 tensor `(tasks, tasks)`, positive semidefinite.
        linear: Float32 tensor `(tasks,)`.
        slope: Scalar, at least 0.
        labelled: Float32 tensor `(tasks,)`, 1 for tasks that take part.
        iterations: Integer. Defaults to `50`.

    Returns:
        Float32 tensor `(tasks,)`, 0 for tasks that do not take part.

    Example:

    ```python
    gram = ops.array([[1.0, 0.0], [0.0, 4.0]])
    minimize(gram, ops.zeros(2), 1.0, ops.ones(2))  # [0.8, 0.2]
    ```
    """
    size = labelled.shape[0]
    start = labelled / ops.maximum(ops.sum(labelled), 1.0)
    # Row i, column j: share moves from task j to task i. Such a step t gives
    # t b + slope sqrt(p + 2 t q + t² r).
    b = linear[:, None] - linear[None, :]
    squares = ops.diagonal(gram)
    r = squares[:, None] + squares[None, :] - 2.0 * gram
    r = ops.maximum(r, _TINY)
    steepness = slope * slope - b * b / r
    turns = steepness > 0
    ratio = -b / ops.sqrt(ops.where(turns, steepness, 1.0))
    takes_part = ops.outer(labelled, labelled) > 0

    def move(_, shares):
        product = ops.matmul(gram, shares)
        p = ops.maximum(ops.sum(shares * product), _TINY)
        q = product[:, None] - product[None, :]
        lowest = (ratio * ops.sqrt(ops.maximum(p - q * q / r, 0.0)) - q) / r
        # Where the square root never wins, the value falls all the way.
        longest = ops.broadcast_to(shares[None, :], (size, size))
        step = ops.where(turns, lowest, ops.where(b < 0, longest, 0.0))
        step = ops.where(takes_part, ops.clip(step, 0.0, longest), 0.0)
        after = ops.maximum(p + step * (2.0 * q + step * r), 0.0)
        value = step * b + slope * ops.sqrt(after)

        best = ops.one_hot(ops.argmin(ops.reshape(value, (-1,))), size * size)
        moved = step * ops.reshape(best, (size, size))
        return shares + ops.sum(moved, 1) - ops.sum(moved, 0)

    return ops.fori_loop(0, iterations, move, start)


def normalized(gram):
    """A matrix divided by the mean of its diagonal, against overflow.

    Args:
        gram: Float32 tensor `(tasks, tasks)`.

    Returns:
        Float32 tensor `(tasks, tasks)`.
    """
    mean = ops.mean(ops.diagonal(gram))
    return gram / ops.where(mean > 0, mean, 1.0)


def project(values, labelled):
    """The closest shares to some values.

    Shares are at least 0 and add up to 1: the values less a number, at which
    what is left above 0 adds up so.

    Args:
        values: Float32 tensor `(tasks,)`.
        labelled: Float32 tensor `(tasks,)`, 1 for tasks that take part, at
            least one.

    Returns:
        Float32 tensor `(tasks,)`, 0 for tasks that do not take part.

    Example:

    ```python
    project(ops.array([0.9, 0.3]), ops.ones(2))  # [0.8, 0.2]
    ```
    """
    values = ops.where(labelled > 0, values, -1e9)
    # With the k greatest above 0, the number is (their sum - 1) / k.
    falling = ops.flip(ops.sort(values))
    ranks = ops.arange(1, values.shape[0] + 1, dtype="float32")
    numbers = (ops.cumsum(falling) - 1.0) / ranks
    number = ops.max(ops.where(falling > numbers, numbers, -1e9))
    return ops.maximum(values - number, 0.0)


def restricted(shares, labelled):
    """Shares of all tasks as shares of those that take part.

    Args:
        shares: Float32 tensor `(tasks,)`, of sum 1.
        labelled: Float32 tensor `(tasks,)`, 1 for tasks that take part.

    Returns:
        A pair: float32 tensor `(tasks,)`, of sum 1 over those that take part,
        even where they had no share; scalar, the sum of their shares.
    """
    total = ops.sum(labelled * shares)
    even = labelled / ops.maximum(ops.sum(labelled), 1.0)
    of_total = labelled * shares / ops.where(total > 0, total, 1.0)
    return ops.where(total > 0, of_total, even), total
