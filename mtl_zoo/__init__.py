"""mtl_zoo: multi-task dense prediction in Keras 3.

One network looks at an image once and gives, for every pixel, its class, its
depth, its surface normal, whether it is an edge.

```python
import mtl_zoo

model = mtl_zoo.models.MultiTaskModel.from_preset(
    "hard_sharing_efficientnet_lite0_rooms"
)
scene = model.predict_image("photo.jpg")
mtl_zoo.visualization.panel("photo.jpg", scene).save("panel.png")
```
"""

from mtl_zoo.utils.extras import import_keras
from mtl_zoo.utils.quiet import quiet

with quiet():  # Backends greet from C++, ahead of any message of ours.
    import_keras()

from mtl_zoo import balancing
from mtl_zoo import datasets
from mtl_zoo import encoders
from mtl_zoo import evaluation
from mtl_zoo import export
from mtl_zoo import layers
from mtl_zoo import losses
from mtl_zoo import metrics
from mtl_zoo import models
from mtl_zoo import optimizers
from mtl_zoo import presets
from mtl_zoo import register
from mtl_zoo import tasks
from mtl_zoo import utils
from mtl_zoo import visualization
from mtl_zoo.utils.version import __version__

__all__ = [
    "__version__",
    "balancing",
    "datasets",
    "encoders",
    "evaluation",
    "export",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "presets",
    "register",
    "tasks",
    "utils",
    "visualization",
]
