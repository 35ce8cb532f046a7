"""Train one network with several seeds in one process, and measure each.

```
python -m training.seeds --model=hard_sharing --seeds=0,1,2 --dataset=rooms \
    --image_size=96,128 --output_dir=runs/hard_sharing
```

Takes the flags of `training.train`. `seed_0/` and so on are the runs that it
makes one by one, `metrics.json` in each is what `training.evaluate` would say
of its `final/`, but for the constant predictor. What the first seed has traced
or compiled, which for a small network takes longer than training it, the others
use. The same command again goes on where it was stopped.
"""

import keras
from absl import flags

import mtl_zoo
from mtl_zoo.evaluation import count_flops
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.files import user_path
from training import loop
from training import measure
from training import settings
from training import strategies
from training import train

flags.DEFINE_list("seeds", ["0"], "Seeds, one run of each network for each.")
cli.check_numbers("seeds", int, 0, 2**32 - 1, "0,1,2")
flags.DEFINE_enum("split", "test", settings.SPLITS, "What is measured on.")
flags.DEFINE_enum(
    "protocol", "survey", mtl_zoo.metrics.PROTOCOLS, "See training.evaluate."
)


def main(config):
    train.complete(config, "training.seeds")
    folder = user_path(config.output_dir)
    config.resume = True
    strategies.check(config.strategy, config.num_devices, config.batch_size)
    # First: once a model is loaded, no device can be set up.
    strategy = train.create_strategy(config)
    model = gflop = None
    for seed in config.seeds:
        loop.leave_on_sigterm()
        config.seed = int(seed)
        run = folder / f"seed_{config.seed}"
        config.output_dir = str(run)
        train.check(config, run)
        if is_measured(config, run):
            continue
        if (run / "final").exists():
            trained = mtl_zoo.models.MultiTaskModel.from_preset(run / "final")
        else:
            trained = model = train.train(config, strategy, like=model)
            if model is None:
                return
            loop.leave_on_sigterm()
        gflop = gflop or _gflop(trained, config.image_size)
        report = {
            "preset": str(run / "final"),
            "gflop": gflop,
            **measure.report(config, trained, constant=False),
        }
        path = settings.report_path(run / "metrics.json")
        settings.write_report(path, report, measure.as_markdown(report))


def is_measured(config, run):
    """Whether a run has results of the split and protocol asked for."""
    path = run / "metrics.json"
    if not path.exists():
        return False
    report = read_json(path)
    asked = (config.split, config.protocol)
    return (report.get("split"), report.get("protocol")) == asked


def _gflop(model, image_size):
    """Billions of operations of one image; TensorFlow's graph is read."""
    if image_size is None or keras.backend.backend() != "tensorflow":
        return None
    return count_flops(model, settings.parse_size(image_size)) / 1e9


if __name__ == "__main__":
    cli.run(main)
