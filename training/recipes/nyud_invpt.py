"""InvPT on NYUD-v2, 40 classes, four tasks, ViT-L.

```
python -m training.train --recipe=nyud_invpt \
    --encoder_weights=DIR --data_dir=DIR --output_dir=runs/a
```

Settings: https://arxiv.org/abs/2203.07997 and its authors' repository,
prismformore/Multi-Task-Transformer, folder InvPT: 40,000 steps of 2 images.
Expected result: the table of that repository.

The encoder starts from ImageNet weights (timm's vit_large_patch16_384): give
them as --encoder_weights, see tools.import_torch_checkpoint --model=encoder.
Where memory is short, --rematerialize computes its blocks twice.

Differs from the publication: weight decay leaves biases and normalisation
out; images are augmented as for all networks of this library.
"""

FLAGS = {
    "model": "invpt",
    "encoder": "vit_large_16",
    "dataset": "nyud_mt",
    "tasks": "semseg,depth,normals,edge",
    "image_size": "448,576",
    "batch_size": 2,
    "steps_per_epoch": 1000,
    "epochs": 40,
    "optimizer": "adam",
    "learning_rate": 0.00002,
    "weight_decay": 0.000001,
    "schedule": "poly",
    "balancing": "fixed",
}

EXPECTED = {
    "semseg": {"mIoU": 0.5356},
    "depth": {"rmse": 0.5183},
    "normals": {"mean": 19.04},
    "edge": {"odsF": 0.781},
}
