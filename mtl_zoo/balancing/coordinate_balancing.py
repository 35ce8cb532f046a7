"""The base class of balancing that looks at single coordinates of gradients.

Such a method has no way to go by inner products alone: it keeps a mean of past
gradients, or treats every weight of the network by itself. It computes on the
tasks' gradients as matrices `(tasks, size)`, one per shared variable.
"""

import math

from keras import ops

from mtl_zoo.balancing.gradient_balancing import SHARED
from mtl_zoo.balancing.gradient_balancing import GradientBalancing
from mtl_zoo.balancing.gradient_balancing import gram_matrix
from mtl_zoo.utils.tensorflow_replicas import num_replicas
from mtl_zoo.utils.tensorflow_replicas import sum_over_replicas


class CoordinateBalancing(GradientBalancing):
    """Gradients that are changed coordinate by coordinate before they add up.

    Subclasses implement `transform`; `weigh` gets the inner products of what
    it returns.

    Attributes:
        tracks_gradients: Boolean, whether `self.tracked` has a state of the
            size of the gradient for every task, as much memory as the tasks'
            gradients take. It needs `shared="encoder"`: features of one batch
            are not those of the next. Defaults to `False`.
        adds_transformed: Boolean, whether what `transform` returns is added
            up, rather than the gradients themselves. Defaults to `True`.
    """

    tracks_gradients = False
    adds_transformed = True

    @property
    def allowed_shared(self):
        return ("encoder",) if self.tracks_gradients else SHARED

    def prepare_for(self, model):
        super().prepare_for(model)
        if not self.tracks_gradients:
            return
        own = {id(x) for x in model.encoder.trainable_variables}
        shapes = [
            (len(self.tasks), math.prod(x.shape))
            for x in model.trainable_variables
            if id(x) in own
        ]
        if not hasattr(self, "tracked"):
            self.tracked = [
                self.add_state(f"tracked_{i}", shape)
                for i, shape in enumerate(shapes)
            ]
        elif [x.shape for x in self.tracked] != shapes:
            raise ValueError(
                f"This {type(self).__name__} has the gradients of other "
                "weights already; make a new one."
            )

    def transform(self, rows, index, norms, losses, labelled):
        """What the gradients of one shared variable become.

        Args:
            rows: Float32 tensor `(tasks, size)`, the gradients; 0 where a task
                has no labels.
            index: Integer, of the variable; its state is
                `self.tracked[index]`.
            norms: Float32 tensor `(tasks,)`, of the gradients with respect to
                all shared variables.
            losses: Float32 tensor `(tasks,)`.
            labelled: Float32 tensor `(tasks,)` of 1 and 0; state must stay as
                it is where it is 0.

        Returns:
            Float32 tensor `(tasks, size)`.
        """
        raise NotImplementedError

    def look_closer(self, gram, rows, losses, labelled, scale):
        norms = ops.sqrt(ops.diagonal(gram))
        counts = labelled[:, None] > 0
        transformed = [
            None
            if x is None
            else self.transform(
                ops.where(counts, ops.cast(x, "float32") / scale, 0.0),
                index,
                norms,
                losses,
                labelled,
            )
            for index, x in enumerate(rows)
        ]
        gram = gram_matrix(transformed, len(self.tasks))
        if self.shared == "features":
            (gram,) = sum_over_replicas([gram])
        return gram, transformed

    def add_up(self, gradients, rows, weights, scale, finite):
        if not self.adds_transformed:
            return super().add_up(gradients, rows, weights, scale, finite)
        # Gradients that are not finite must look so to the loss scale. Rows of
        # weights are summed over replicas, as the optimizer does again.
        share = num_replicas() if self.shared == "encoder" else 1
        factor = weights * ops.where(finite, scale / share, float("nan"))
        found = []
        for tensors, x in zip(gradients, rows, strict=True):
            if x is None:
                found.append(None)
                continue
            like = next(tensor for tensor in tensors if tensor is not None)
            total = ops.matmul(factor, x)
            found.append(
                ops.cast(ops.reshape(total, ops.shape(like)), like.dtype)
            )
        return found
