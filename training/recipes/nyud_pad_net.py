"""PAD-Net on NYUD-v2, 40 classes, HRNet-18-small-v2.

```
python -m training.train --recipe=nyud_pad_net \
    --encoder_weights=DIR --data_dir=DIR --output_dir=runs/a
```

Paper: https://arxiv.org/abs/1805.04409. Settings and expected result:
SimonVandenhende/Multi-Task-Learning-PyTorch (README of July 2020).

The encoder starts from ImageNet weights: give them as --encoder_weights.

Differs from the publication: weight decay leaves biases and normalisation
out.
"""

FLAGS = {
    "model": "pad_net",
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
    "semseg": {"mIoU": 0.354},
    "depth": {"rmse": 0.614},
    "delta_m": 1.13,
}
