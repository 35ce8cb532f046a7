"""Multi-modal distillation: each task looks at what the others found.

Xu et al., "PAD-Net", arXiv 1805.04409, section 3.3 (module C); at every scale
in Vandenhende et al., "MTI-Net", arXiv 2001.06902, section 3.3.
"""

import keras

from mtl_zoo.layers.attention import SABlock


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MultiModalDistillation(keras.layers.Layer):
    """For each target task t: F_t plus SABlock_{t,a}(F_a) of every other a.

    Args:
        targets: List of strings. Names of the tasks that come out, all among
            `auxiliary`.
        auxiliary: List of strings. Names of the tasks that come in.
        use_bias: Boolean, whether the attention convolutions have a bias.
            Defaults to `False`.

    Call arguments:
        features: List of tensors `(batch, height, width, channels)`, one per
            auxiliary task, in that order.

    Returns: list of tensors of that shape, one per target, in that order.

    Example:

    ```python
    x = np.zeros((1, 4, 4, 8), "float32")
    layer = mtl_zoo.layers.MultiModalDistillation(
        ["depth"], ["semseg", "depth"]
    )
    layer([x, x])  # a list of one tensor
    ```
    """

    def __init__(self, targets, auxiliary, use_bias=False, **kwargs):
        super().__init__(**kwargs)
        unknown = set(targets) - set(auxiliary)
        if unknown:
            raise ValueError(
                f"Targets {sorted(unknown)} are not among the auxiliary tasks "
                f"{list(auxiliary)}."
            )
        self.targets = list(targets)
        self.auxiliary = list(auxiliary)
        self.use_bias = use_bias

    def build(self, features_shape):
        self.attention = {}
        for target in self.targets:
            for source, shape in zip(
                self.auxiliary, features_shape, strict=True
            ):
                if source == target:
                    continue
                block = SABlock(
                    shape[-1],
                    use_bias=self.use_bias,
                    dtype=self.dtype_policy,
                    name=f"attention_{target}_{source}",
                )
                block.build(shape)
                self.attention[f"{target}_{source}"] = block

    def call(self, features):
        by_name = dict(zip(self.auxiliary, features, strict=True))
        outputs = []
        for target in self.targets:
            x = by_name[target]
            for source in self.auxiliary:
                if source != target:
                    x = x + self.attention[f"{target}_{source}"](
                        by_name[source]
                    )
            outputs.append(x)
        return outputs

    def compute_output_shape(self, features_shape):
        by_name = dict(zip(self.auxiliary, features_shape, strict=True))
        return [by_name[target] for target in self.targets]

    def get_config(self):
        return {
            **super().get_config(),
            "targets": self.targets,
            "auxiliary": self.auxiliary,
            "use_bias": self.use_bias,
        }
