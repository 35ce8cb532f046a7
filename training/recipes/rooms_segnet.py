"""PAD-Net on a slim SegNet of equal widths for `rooms`: a preset.

```
python -m training.compare --models=single_task,hard_sharing,pad_net --seeds=0 \
    --recipe=rooms_segnet --output_dir=runs/rooms_segnet
```

Nothing is downloaded: the encoder starts from scratch. On 2 CPU cores that
other work shared a step took 0.9 seconds. Source of the expected result: the
model card of the preset of mtl_zoo 0.1.0, test split of its rooms (1.0.0),
simpler ones than today's.
"""

FLAGS = {
    "model": "pad_net",
    "encoder": "segnet_slim",
    "dataset": "rooms",
    "tasks": "semseg,depth,normals,edge",
    "image_size": "96,128",
    "batch_size": 8,
    "epochs": 6,
    "optimizer": "adam",
    "learning_rate": 0.001,
    "schedule": "poly",
    "balancing": "fixed",
}

EXPECTED = {
    "semseg": {"mIoU": 0.3731},
    "depth": {"rmse": 0.5872},
    "normals": {"mean": 21.90},
    "edge": {"odsF": 0.6721},
}
