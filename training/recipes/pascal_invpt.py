"""InvPT on PASCAL-Context, five tasks, ViT-L.

```
python -m training.train --recipe=pascal_invpt \
    --encoder_weights=DIR --data_dir=DIR --output_dir=runs/a
```

Settings: https://arxiv.org/abs/2203.07997 and its authors' repository,
prismformore/Multi-Task-Transformer, folder InvPT: 40,000 steps of 2 images.
Expected result: the table of that repository.

The encoder starts from ImageNet weights (timm's vit_large_patch16_384): give
them as --encoder_weights, see tools.import_torch_checkpoint --model=encoder.
Where memory is short, --rematerialize computes its blocks twice.

Differs from the publication: weight decay leaves biases and normalisation
out; images are augmented as for all networks of this library; saliency is one
channel and a sigmoid instead of two and a softmax; labels are resized to
512×512 and measured at that size, which matters most for odsF.
"""

FLAGS = {
    "model": "invpt",
    "encoder": "vit_large_16",
    "dataset": "pascal_context",
    "tasks": "semseg,human_parts,saliency,normals,edge",
    "image_size": "512,512",
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
    "semseg": {"mIoU": 0.7903},
    "human_parts": {"mIoU": 0.6761},
    "saliency": {"maxF": 0.8481},
    "normals": {"mean": 14.15},
    "edge": {"odsF": 0.73},
}
