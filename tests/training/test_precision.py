"""Mixed precision trains as float32 does."""

import keras
import numpy as np

from training import optimizers


def train(policy, tiny_model, batch):
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    model = tiny_model("hard_sharing", tasks=("semseg:5", "depth"))
    scales = policy == "mixed_float16"
    model.compile(optimizers.get("adam", 5e-3, loss_scaling=scales))
    images, labels = batch()
    labels = {task.name: labels[task.name] for task in model.tasks}
    history = model.fit(images, labels, epochs=12, shuffle=False, verbose=0)
    assert all(w.dtype == "float32" for w in model.trainable_variables)
    return np.array(history.history["loss"])


def test_losses_fall_as_in_float32(tiny_model, batch):
    whole = train("float32", tiny_model, batch)
    assert whole[-1] < 0.9 * whole[0]
    for policy in ("mixed_bfloat16", "mixed_float16"):
        mixed = train(policy, tiny_model, batch)
        # The largest deviation that was seen is 3 %, in one of the epochs.
        np.testing.assert_allclose(mixed, whole, rtol=0.06)
        # It did compute in another precision.
        assert np.abs(mixed - whole).max() > 1e-5 * whole[0]
