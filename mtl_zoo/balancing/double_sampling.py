"""The base class of balancing that takes gradients of independent batches.

The product of two gradients of the same batch is larger on average than that
of their means, by their common noise; of two independent batches it is not.
The papers draw two or three batches in a step. A network sees one batch in a
step, so its two halves stand for them: their gradients are those of
independent samples, too, each of half as many images. Their normalisation
statistics are common.
"""

from keras import ops

from mtl_zoo.balancing import simplex
from mtl_zoo.balancing.gradient_balancing import GradientBalancing


class DoubleSampling(GradientBalancing):
    """Shares of the tasks that follow the gradients of a batch's halves.

    The losses that are minimised are the means of those of the two halves. A
    step takes two backward passes per task through the whole network. A batch
    of one image is its own halves. Features of different images have no inner
    product, so that gradients are always with respect to the encoder.

    Subclasses implement `update`.
    """

    allowed_shared = ("encoder",)

    def create_state(self, count):
        super().create_state(count)
        self.shares = self.add_state("shares", (count,))
        self.shares.assign(ops.full((count,), 1.0 / count))

    def update(self, product, shares, labelled):
        """The shares after this step.

        Args:
            product: Float32 tensor `(tasks, tasks)`, inner products of the
                gradients of the first half and of the second.
            shares: Float32 tensor `(tasks,)`, of sum 1.
            labelled: Float32 tensor `(tasks,)`, 1 for tasks that both halves
                have labels of.

        Returns:
            Float32 tensor `(tasks,)`, of sum 1.
        """
        raise NotImplementedError

    def targets(self, losses, labelled, parts):
        (first, known), (second, also_known) = parts(2)
        return [*first, *second], ops.concatenate([known, also_known])

    def weigh(self, gram, losses, labelled):
        former = ops.convert_to_tensor(self.shares)
        shares, total = simplex.restricted(former, labelled)
        shares = self.update(gram, shares, labelled)
        self.shares.assign(ops.where(labelled > 0, total * shares, former))
        return shares

    def coefficients(self, gram, losses, labelled):
        count = len(self.tasks)
        known = ops.reshape(labelled, (2, count))
        both = known[0] * known[1]
        weights = self.weigh(gram[:count, count:], losses, both)
        # A task that one half has labels of goes by its former share.
        former, _ = simplex.restricted(
            ops.convert_to_tensor(self.shares), ops.max(known, axis=0)
        )
        weights = ops.where(both > 0, ops.sum(both * former) * weights, former)
        self.last_weights.assign(weights)
        of_halves = known / ops.maximum(ops.sum(known, axis=0), 1.0)
        within = ops.reshape(of_halves * weights, (-1,))
        return within, ops.reshape(of_halves, (-1,))
