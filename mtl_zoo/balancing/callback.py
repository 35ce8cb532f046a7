"""Tells balancing where epochs begin and end."""

import keras


class EpochCallback(keras.callbacks.Callback):
    """Calls `begin_epoch` and `end_epoch` of the model's balancing.

    `mtl_zoo.models.MultiTaskModel.fit` puts it before all other callbacks, so
    that a checkpoint at the end of an epoch holds what the next begins with.
    """

    def on_epoch_begin(self, epoch, logs=None):
        self.model.balancing.begin_epoch(epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.model.balancing.end_epoch()
