"""ATI-Net, or others, on MobileNetV3-Small for `rooms`: presets for phones.

```
python -m training.compare --models=single_task,hard_sharing,ati_net,mtan \
    --seeds=0 --recipe=rooms_mobilenet --output_dir=runs/rooms_mobilenet
```

Nothing is downloaded: the encoder starts from scratch. On 2 CPU cores a step
takes 0.2 to 0.3 seconds. PAD-Net and MTI-Net, whose branches are as wide as all
features of the encoder together, take more than 2 seconds. Source of the
expected result: the model card of the preset of mtl_zoo 0.1.0, test split of
its rooms (1.0.0), simpler ones than today's.
"""

FLAGS = {
    "model": "ati_net",
    "encoder": "keras_cv:mobilenet_v3_small",
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
    "semseg": {"mIoU": 0.3725},
    "depth": {"rmse": 0.6434},
    "normals": {"mean": 24.95},
    "edge": {"odsF": 0.5022},
}
