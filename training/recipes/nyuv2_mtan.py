"""MTAN on NYUv2, 13 classes, SegNet.

```
python -m training.train --recipe=nyuv2_mtan \
    --data_dir=DIR --output_dir=runs/a
python -m training.evaluate --preset=runs/a/final --split=validation \
    --protocol=mtan \
    --dataset=nyuv2_13 --data_dir=DIR --image_size=288,384 \
    --output=metrics.json
```

Settings: https://arxiv.org/abs/1803.10704 and its authors' repository,
lorenmt/mtan, without augmentation. Expected result: Table 3 of the paper, equal
weights; its mIoU is a mean over images, after a correction in November 2020 the
repository counts over the split and gives about 8 points more.
"""

FLAGS = {
    "model": "mtan",
    "encoder": "segnet",
    "dataset": "nyuv2_13",
    "tasks": "semseg,depth,normals",
    "image_size": "288,384",
    "batch_size": 2,
    "epochs": 200,
    "optimizer": "adam",
    "learning_rate": 0.0001,
    "schedule": "step",
    "decay_epochs": "100",
    "decay_factor": 0.5,
    "balancing": "equal",
    "augment": False,
}

EXPECTED = {
    "semseg": {"pixel_accuracy": 0.5532},
    "depth": {"abs_err": 0.5906, "rel_err": 0.2577},
    "normals": {"mean": 31.44, "median": 25.37},
}
