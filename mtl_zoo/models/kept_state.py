"""A model keeps its state, whatever ends a call and however many threads call.

On JAX, Keras takes the values out of a model's variables while `fit`,
`evaluate` and `predict` run, and gives them to the compiled step to overwrite.
What ends such a call early (a bad batch, too little memory, Ctrl+C) leaves
variables without values for good, and so does a second thread. Here the step
gets copies. `tests/models/test_kept_state.py` says when Keras no longer needs
it.
"""

import functools
import threading

import keras


def _one_at_a_time(name):
    """A method of `keras.Model` that one thread runs at a time."""

    @functools.wraps(getattr(keras.Model, name))
    def method(self, *args, **kwargs):
        with self._one_caller:
            try:
                return getattr(super(KeptState, self), name)(*args, **kwargs)
            except BaseException:
                self._forget_step()
                raise

    return method


class KeptState:
    """The part of `mtl_zoo.models.MultiTaskModel` that guards its state."""

    def __init__(self, *args, **kwargs):
        # Its owner may call again, as a callback of `fit` does.
        self._one_caller = threading.RLock()
        super().__init__(*args, **kwargs)

    fit = _one_at_a_time("fit")
    evaluate = _one_at_a_time("evaluate")
    predict = _one_at_a_time("predict")
    train_on_batch = _one_at_a_time("train_on_batch")
    test_on_batch = _one_at_a_time("test_on_batch")
    predict_on_batch = _one_at_a_time("predict_on_batch")

    def _get_jax_state(self, *args, purge_model_variables=False, **kwargs):
        """On JAX, what the compiled step gets: values it may overwrite."""
        state = super()._get_jax_state(*args, **kwargs)
        return keras.tree.map_structure(lambda value: value.copy(), state)

    def jax_state_sync(self):
        """Take over what the steps have come to so far; on JAX there is any.

        Unless the last one failed after it had begun to overwrite it.
        """
        if keras.backend.backend() != "jax":
            return
        state = getattr(self, "_jax_state", None)
        values = keras.tree.flatten(state) if state else []
        if any(value.is_deleted() for value in values if value is not None):
            self._forget_step()
        else:
            super().jax_state_sync()

    def _forget_step(self):
        """Leave nothing to be taken over later."""
        if keras.backend.backend() == "jax":
            self._jax_state = None
            self._jax_state_synced = True
