"""ATI-Net on NYUv2, 13 classes, SegNet.

```
python -m training.train --recipe=nyuv2_ati_net \
    --data_dir=DIR --output_dir=runs/a
python -m training.evaluate --preset=runs/a/final --split=validation \
    --protocol=mtan \
    --dataset=nyuv2_13 --data_dir=DIR --image_size=288,384 \
    --output=metrics.json
```

Settings: https://arxiv.org/abs/2201.10649 and its authors' repository,
Armanfard-Lab/ATI-Net. Its tables could not be had: no result is stated here.
The paper claims better results than MTAN and PAD-Net of about the same size.

Differs from the publication, whose network starts from an MTAN that was trained
half way. To do so, give each 100 epochs:

```
python -m training.train --recipe=nyuv2_mtan --epochs=100 \
    --data_dir=DIR --output_dir=runs/m
python -m training.train --recipe=nyuv2_ati_net --epochs=100 \
    --learning_rate=2.5e-5 --schedule=constant --warm_start=runs/m/final \
    --data_dir=DIR --output_dir=runs/a
```
"""

FLAGS = {
    "model": "ati_net",
    "encoder": "segnet",
    "dataset": "nyuv2_13",
    "tasks": "semseg,depth,normals",
    "image_size": "288,384",
    "batch_size": 2,
    "epochs": 200,
    "optimizer": "adam",
    "learning_rate": 5e-05,
    "schedule": "step",
    "decay_epochs": "100",
    "decay_factor": 0.5,
    "balancing": "equal",
    "augment": False,
}

EXPECTED = {}
