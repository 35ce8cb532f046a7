"""How do I give a task another loss, other metrics, another weight?

    python examples/own_losses.py [pictures]

As in Keras, task by task; what is not named stays the task's own, and pixels
without labels count nowhere.
"""

import sys

import keras

import mtl_zoo


def shares_of_distance(labels, predictions):
    """How far off a distance is, as a share of it."""
    return keras.ops.abs(predictions - labels) / keras.ops.maximum(labels, 0.1)


def main(pictures=64):
    tasks = mtl_zoo.tasks.get_all("semseg:13,depth")
    model = mtl_zoo.models.HardSharing("efficientnet_lite0_imagenet", tasks)
    model.compile(
        "adam",
        loss={"depth": keras.losses.Huber(delta=0.5)},
        loss_weights={"depth": 2.0},
        metrics={"semseg": "accuracy", "depth": ["mae", shares_of_distance]},
    )
    data = mtl_zoo.datasets.load(
        "rooms",
        "train",
        tasks,
        image_size=(96, 128),
        batch_size=8,
        num_examples=int(pictures),
    )
    model.fit(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
