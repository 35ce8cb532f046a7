"""Hard sharing on NYUD-v2, 40 classes, HRNet-18-small-v2.

```
python -m training.train --recipe=nyud_hard_sharing \
    --encoder_weights=DIR --data_dir=DIR --output_dir=runs/a
```

Settings: https://arxiv.org/abs/2001.06902 and its authors' repository,
SimonVandenhende/Multi-Task-Learning-PyTorch.
Expected result: the table of that repository (README of July 2020).

The encoder starts from ImageNet weights: give them as --encoder_weights.

Differs from the publication: weight decay leaves biases and normalisation
out.
"""

FLAGS = {
    "model": "hard_sharing",
    "encoder": "hrnet_w18_small_v2",
    "dataset": "nyud_mt",
    "tasks": "semseg,depth",
    "image_size": "480,640",
    "batch_size": 8,
    "epochs": 100,
    "optimizer": "adam",
    "learning_rate": 0.0001,
    "weight_decay": 0.0001,
    "schedule": "poly",
    "balancing": "fixed",
}

EXPECTED = {
    "semseg": {"mIoU": 0.339},
    "depth": {"rmse": 0.61},
    "delta_m": -0.75,
}
