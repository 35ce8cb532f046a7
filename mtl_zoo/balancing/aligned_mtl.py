"""Gradients made orthogonal and equally long.

Senushkin, Patakin, Kuznetsov, Konushin, "Independent Component Alignment for
Multi-Task Learning", CVPR 2023, arXiv 2305.19000.
"""

import keras
from keras import ops

from mtl_zoo.balancing.gradient_balancing import GradientBalancing

# A principal component this much smaller than the largest is rounding.
_RANK_TOLERANCE = 1e-6


@keras.saving.register_keras_serializable(package="mtl_zoo")
class AlignedMTL(GradientBalancing):
    """The sum of the gradients with their principal components aligned.

    With `GᵀG = V Λ Vᵀ` of the gradients `G`, the aligned gradients are
    `G V Λ^(-1/2) Vᵀ √λ`, where `λ` is the smallest eigenvalue above 0: they
    are orthogonal and as long as the shortest component (algorithm 1 of the
    paper). They are summed, every task alike. Gradients are with respect to
    shared weights.

    Args:
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"aligned_mtl"`.

    Reference: [Senushkin et al.](https://arxiv.org/abs/2305.19000)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.AlignedMTL())
    ```
    """

    def __init__(self, shared="encoder", name="aligned_mtl"):
        super().__init__(shared, name)

    def weigh(self, gram, losses, labelled):
        values, vectors = ops.eigh(gram)
        largest = ops.max(values)
        counts = ops.logical_and(values > 0, values > _RANK_TOLERANCE * largest)
        smallest = ops.min(ops.where(counts, values, largest))
        scales = ops.where(
            counts, ops.sqrt(smallest / ops.where(counts, values, 1.0)), 0.0
        )
        aligned = ops.matmul(vectors * scales, ops.transpose(vectors))
        return ops.matmul(aligned, labelled)
