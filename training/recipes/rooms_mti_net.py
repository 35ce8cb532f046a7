"""MTI-Net on `rooms`, HRNet-18-small-v2, small images, from scratch.

```
python -m training.train --recipe=rooms_mti_net --output_dir=runs/rooms
python -m training.evaluate --preset=runs/rooms/final --image_size=96,128 \
    --output=metrics.json
```

Nothing is downloaded. 73 minutes on 2 CPU cores that other work shared. Source
of the expected result: the model card of the preset of mtl_zoo 0.1.0, test
split of its rooms (1.0.0), simpler ones than today's.
"""

FLAGS = {
    "model": "mti_net",
    "encoder": "hrnet_w18_small_v2",
    "dataset": "rooms",
    "tasks": "semseg,depth,normals,edge",
    "image_size": "96,128",
    "batch_size": 8,
    "epochs": 12,
    "optimizer": "adam",
    "learning_rate": 0.001,
    "schedule": "poly",
    "balancing": "fixed",
}

EXPECTED = {
    "semseg": {"mIoU": 0.7094},
    "depth": {"rmse": 0.4683},
    "normals": {"mean": 15.68},
    "edge": {"odsF": 0.6709},
}
