"""The inner problem of MGDA and CAGrad: a minimum over shares of tasks.

Solvers such as SciPy's SLSQP run outside of the compiled training step, and
would hold up the device in every step. The problem is one of a handful of
numbers, so a fixed number of exact steps in `keras.ops` does; the tests compare
it with SciPy.
"""

from keras import ops

_TINY = 1e-20


def minimize(gram, linear, slope, labelled, iterations=25):
    """The shares `w` with the least `linear · w + slope * sqrt(wᵀ gram w)`.

    Shares are at least 0 and add up to 1. Every iteration moves share from
    the task whose derivative is largest to that whose derivative is smallest,
    as far as lowers the value most, which has a closed form (pairwise
    Frank-Wolfe). With two tasks the first iteration is exact.

    Args:
        gram: Float32 tensor `(tasks, tasks)`, positive semidefinite.
        linear: Float32 tensor `(tasks,)`.
        slope: Scalar, at least 0.
        labelled: Float32 tensor `(tasks,)`, 1 for tasks that take part.
        iterations: Integer. Defaults to `25`.

    Returns:
        Float32 tensor `(tasks,)`, 0 for tasks that do not take part.

    Example:

    ```python
    gram = ops.array([[1.0, 0.0], [0.0, 4.0]])
    minimize(gram, ops.zeros(2), 1.0, ops.ones(2))  # [0.8, 0.2]
    ```
    """
    takes_part = labelled > 0
    size = labelled.shape[0]

    def move(_, shares):
        product = ops.matmul(gram, shares)
        square = ops.maximum(ops.sum(shares * product), _TINY)
        derivative = linear + slope * product / ops.sqrt(square)
        to = ops.argmin(ops.where(takes_part, derivative, float("inf")))
        out_of = ops.argmax(ops.where(shares > 0, derivative, float("-inf")))
        direction = ops.one_hot(to, size) - ops.one_hot(out_of, size)

        # Along the direction, step t gives (t b + slope sqrt(p + 2 t q + t² r))
        b = ops.sum(linear * direction)
        q = ops.sum(product * direction)
        r = ops.maximum(ops.sum(direction * ops.matmul(gram, direction)), _TINY)
        offset = ops.maximum(square - q * q / r, 0.0)
        steepness = slope * slope - b * b / r
        turns = steepness > 0
        best = -b * ops.sqrt(offset / ops.where(turns, steepness, 1.0))
        # Where the square root never wins, the value falls all the way.
        longest = ops.sum(ops.where(direction < 0, shares, 0.0))
        step = ops.where(turns, (best - q) / r, ops.where(b < 0, longest, 0.0))
        return shares + ops.clip(step, 0.0, longest) * direction

    start = labelled / ops.maximum(ops.sum(labelled), 1.0)
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
