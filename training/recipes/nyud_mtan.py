"""MTAN on NYUD-v2, 40 classes, ResNet-50 dilated to stride 8.

```
python -m training.train --recipe=nyud_mtan \
    --encoder_weights=DIR --data_dir=DIR --output_dir=runs/a
```

Paper: https://arxiv.org/abs/1803.10704. Settings and expected result:
SimonVandenhende/Multi-Task-Learning-PyTorch (README of July
2020). After its data was rewritten, in December 2020, higher numbers are
reported for ResNet-50: 45.0 and 0.584 (survey, Table 5a).

The encoder starts from ImageNet weights: give them as --encoder_weights.

Differs from the publication: weight decay leaves biases and normalisation
out.
"""

FLAGS = {
    "model": "mtan",
    "encoder": "resnet50_os8",
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
    "semseg": {"mIoU": 0.4},
    "depth": {"rmse": 0.572},
    "delta_m": -0.17,
}
