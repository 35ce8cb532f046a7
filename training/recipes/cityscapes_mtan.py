"""MTAN on Cityscapes, 7 classes and inverse depth, SegNet.

```
python -m training.train --recipe=cityscapes_mtan \
    --data_dir=DIR --output_dir=runs/a
python -m training.evaluate --preset=runs/a/final --split=validation \
    --protocol=mtan \
    --dataset=cityscapes --data_dir=DIR --image_size=128,256 \
    --output=metrics.json
```

Settings: https://arxiv.org/abs/1803.10704 and its authors' repository,
lorenmt/mtan. Expected result: Table 2 of the paper, equal weights.
The relative error is of inverse depth, which comes near 0 far away: that makes
it large, and is no percentage.
"""

FLAGS = {
    "model": "mtan",
    "encoder": "segnet",
    "dataset": "cityscapes",
    "tasks": "semseg:7,disparity",
    "image_size": "128,256",
    "batch_size": 8,
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
    "semseg": {"mIoU": 0.5304, "pixel_accuracy": 0.9111},
    "disparity": {"abs_err": 0.0144, "rel_err": 33.63},
}
