"""How does a network learn my classes from a few pictures?

    python examples/make_own_data.py my_data
    python examples/fine_tune.py my_data mine [epochs]

`python -m training.train --preset=…` does it with checkpoints and validation.
"""

import sys

import mtl_zoo


def main(data, folder, epochs=10):
    tasks = mtl_zoo.datasets.get_tasks("folder", data_dir=data)
    model = mtl_zoo.models.MultiTaskModel.from_preset(
        "hard_sharing_efficientnet_lite0_rooms", tasks=tasks
    )
    model.compile("adam")
    batches = mtl_zoo.datasets.load(
        "folder", "train", tasks, data, (96, 128), batch_size=8, augment=True
    )
    model.fit(batches, epochs=int(epochs))
    model.save_to_preset(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
