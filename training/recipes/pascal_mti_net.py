"""MTI-Net on PASCAL-Context, five tasks, HRNet-18-small-v2.

```
python -m training.train --recipe=pascal_mti_net \
    --encoder_weights=DIR --data_dir=DIR --output_dir=runs/a
```

Settings: https://arxiv.org/abs/2001.06902 and its authors' repository,
SimonVandenhende/Multi-Task-Learning-PyTorch.
Expected result: the table of that repository (README of July 2020).

The encoder starts from ImageNet weights: give them as --encoder_weights.

Differs from the publication: weight decay leaves biases and normalisation
out; labels are resized to 512×512 and measured at that size, where the
publication resizes predictions to the labels' own, which matters most for odsF.
"""

FLAGS = {
    "model": "mti_net",
    "encoder": "hrnet_w18_small_v2",
    "dataset": "pascal_context",
    "tasks": "semseg,human_parts,saliency,edge,normals",
    "image_size": "512,512",
    "batch_size": 8,
    "epochs": 100,
    "optimizer": "adam",
    "learning_rate": 0.0001,
    "weight_decay": 0.0001,
    "schedule": "poly",
    "balancing": "fixed",
}

EXPECTED = {
    "semseg": {"mIoU": 0.628},
    "human_parts": {"mIoU": 0.622},
    "saliency": {"mIoU": 0.674},
    "edge": {"odsF": 0.73},
    "normals": {"mean": 14.8},
    "delta_m": 2.72,
}
