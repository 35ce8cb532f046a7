"""The inner problem of UPGrad and DualProj: a direction that hurts no task.

Solvers such as quadprog run outside of the compiled training step. The problem
is one of a handful of numbers, and its solution is found by pivoting, in
`keras.ops`; the tests compare it with quadprog.
"""

from keras import ops

from mtl_zoo.balancing.simplex import normalized

# Keeps the problem strictly convex where gradients are linearly dependent.
_RIDGE = 1e-5
_TOLERANCE = 1e-6


def project(gram, vectors):
    """Weights of the projections of weighted sums onto the dual cone.

    Of all directions that have no negative inner product with any gradient,
    the closest to `Gᵀu` is `Gᵀv`, where `v` has the least `vᵀ gram v` of all
    `v ≥ u` (proposition 1 of arXiv 2406.16232). With `z = v - u`, this is the
    linear complementarity problem `z ≥ 0, gram (u + z) ≥ 0, one of both 0`.
    Murty's pivoting solves it: the first index that fails changes sides, until
    none does.

    Args:
        gram: Float32 tensor `(tasks, tasks)`, positive semidefinite.
        vectors: Float32 tensor `(count, tasks)`, `u` of each problem.

    Returns:
        Float32 tensor `(count, tasks)`.

    Example:

    ```python
    gram = ops.array([[1.0, -1.0], [-1.0, 2.0]])
    project(gram, ops.array([[1.0, 0.0]]))  # [[1.0, 0.5]]
    ```
    """
    size = gram.shape[0]
    identity = ops.eye(size)
    gram = normalized(gram)
    squares = ops.diagonal(gram)
    norms = ops.sqrt(ops.where(squares > 0, squares, 1.0))
    # In terms of unit gradients the problem is well scaled.
    gram = gram / ops.outer(norms, norms) + _RIDGE * identity
    vectors = vectors * norms
    right = ops.matmul(vectors, gram)

    def solve(free):
        # Rows of what is free demand an inner product of 0, others z = 0.
        system = free[:, :, None] * gram[None] * free[:, None, :]
        system = system + (1.0 - free)[:, :, None] * identity
        return ops.solve(system, (-free * right)[:, :, None])[:, :, 0]

    def pivot(_, free):
        z = solve(free)
        products = right + ops.matmul(z, gram)
        failing = ops.where(free > 0, -z, -products) > _TOLERANCE
        first = ops.one_hot(ops.argmax(failing, axis=-1), size)
        flips = first * ops.cast(failing, "float32")
        return free + flips * (1.0 - 2.0 * free)

    free = ops.fori_loop(0, 8 * size, pivot, ops.zeros_like(vectors))
    return (vectors + ops.maximum(solve(free), 0.0)) / norms
