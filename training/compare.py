"""Train and measure several networks under one recipe, with several seeds.

```
python -m training.compare --models=single_task,hard_sharing,mti_net \
    --seeds=0,1,2 --recipe=rooms_mti_net --output_dir=runs/compare
```

Takes the flags of `training.train`, and trains with them. `single_task` is one
network per task; Δm of the others is against the mean of its results. Writes
`compare.md` and `compare.json` after every network that is done, and
`single_task.json`, which `--baseline` of the other commands takes. The same
command again goes on where it was stopped.
"""

import json
import pathlib
import signal
import subprocess
import sys

import keras
import numpy as np
from absl import flags

import mtl_zoo
from mtl_zoo.evaluation import count_flops
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from training import recipes
from training import record
from training import settings
from training import train

flags.DEFINE_list("models", None, "Names of the networks, see --model.")
flags.DEFINE_list("seeds", ["0"], "Seeds, one run of each network for each.")
flags.DEFINE_enum("split", "test", settings.SPLITS, "What is measured on.")
flags.DEFINE_enum(
    "protocol", "survey", ["survey", "mtan"], "See training.evaluate."
)

_ROOT = pathlib.Path(__file__).parents[1]
# What this command sets for each run.
_OWN = (
    "model seed tasks output_dir resume models seeds split protocol"
).split()
_BASELINE = "single_task"


def main(config):
    recipes.apply(config)
    models, seeds = check(config)
    folder = pathlib.Path(config.output_dir).resolve()
    known = mtl_zoo.datasets.get_tasks(
        config.dataset, config.tasks, config.data_dir
    )
    # As they are given: `semseg:7` says which classes.
    tasks = config.tasks or [task.name for task in known]
    for model in models:
        for part in parts_of(model, known):
            train.check_best(config, part)
    rows = {}
    for model in models:
        rows[model] = []
        for seed in seeds:
            runs = [
                finish(config, folder, model, seed, part)
                for part in parts_of(model, tasks)
            ]
            if not all(runs):
                print("Stopped; the same command goes on.")
                return
            rows[model].append(join(runs))
        report = summarize(rows)
        settings.write_json(folder / "compare.json", report)
        if model == _BASELINE:
            settings.write_json(
                folder / f"{_BASELINE}.json", means(report, _BASELINE)
            )
        with atomic_path(folder / "compare.md") as temporary:
            temporary.write_text(as_markdown(report), encoding="utf-8")
    print(as_markdown(report))


def parts_of(model, tasks):
    """The tasks of each network that has to be trained for a row."""
    return [[task] for task in tasks] if model == _BASELINE else [tasks]


def check(config):
    """The networks and seeds, after every check that needs no training."""
    if not config.models:
        raise ValueError("--models: give names, such as single_task,mti_net.")
    for model in config.models:
        if model not in mtl_zoo.models.list_models():
            raise ValueError(
                f"--models: {model!r} is not known; allowed are "
                f"{', '.join(mtl_zoo.models.list_models())}."
            )
        if not mtl_zoo.models.supported(model, config.encoder):
            raise ValueError(
                f"--encoder={config.encoder}: {model} can't take it."
            )
        train.check_warm_start(config, model)
    mtl_zoo.datasets.check_split(config.dataset, config.split, config.data_dir)
    if not all(seed.isdecimal() for seed in config.seeds):
        raise ValueError(
            f"--seeds={','.join(config.seeds)}: give integers, such as 0,1,2."
        )
    # The baseline comes first: Δm is against it.
    models = sorted(dict.fromkeys(config.models), key=lambda m: m != _BASELINE)
    return models, [int(seed) for seed in dict.fromkeys(config.seeds)]


def check_same_comparison(config, run, model, tasks):
    """Raise `ValueError` where a run was trained with other flags.

    Args:
        config: `absl.flags.FlagValues`, parsed.
        run: Path of the run.
        model: String, the network.
        tasks: List of its tasks, as `--tasks` takes them.
    """
    path = run / "config.json"
    if not path.exists():
        return
    written = json.loads(path.read_text())
    backend = written["versions"]["backend"]
    if backend != keras.backend.backend():
        raise ValueError(
            f"--output_dir={config.output_dir}: {run} was trained on {backend}."
        )
    before = written["flags"]
    asked = json.loads(json.dumps(record.flags_of(config)))
    asked = {flag: x for flag, x in asked.items() if flag not in _OWN}
    asked["tasks"] = tasks
    if not train.takes_auxiliary_tasks(model):
        del asked["auxiliary_tasks"]
    for flag, value in asked.items():
        if flag in record.FREE or flag not in before:
            continue
        if before[flag] != value:
            raise ValueError(
                f"--output_dir={config.output_dir}: {run} was trained with "
                f"--{flag}={_text(before[flag])}, not {_text(value)}."
            )


def is_measured(config, run):
    """Whether a run has results of the split and protocol asked for."""
    path = run / "metrics.json"
    if not path.exists():
        return False
    report = json.loads(path.read_text())
    asked = (config.split, config.protocol)
    return (report["split"], report["protocol"]) == asked


def finish(config, folder, model, seed, tasks):
    """Train and measure one network, as far as that is still to be done.

    Args:
        config: `absl.flags.FlagValues`.
        folder: Absolute path of the comparison.
        model: String, the network.
        seed: Integer.
        tasks: List of its tasks, as `--tasks` takes them.

    Returns:
        A dict of results, or `None` if the command was asked to stop.
    """
    task = tasks[0].partition(":")[0]
    name = f"{model}_{task}" if model == _BASELINE else model
    run = folder / name / f"seed_{seed}"
    check_same_comparison(config, run, model, tasks)
    if not is_measured(config, run):
        if not (run / "final").exists():
            print(f"Training {name}, seed {seed} …", flush=True)
            given = [
                f"--{flag}"
                if value is True
                else f"--no{flag}"
                if value is False
                else f"--{flag}={_text(value)}"
                for flag, value in record.flags_of(config).items()
                if config[flag].present and flag not in _OWN
            ]
            _call(
                folder / name / f"seed_{seed}.log",
                "training.train",
                *given,
                f"--model={model}",
                f"--tasks={','.join(tasks)}",
                f"--seed={seed}",
                f"--output_dir={run}",
                "--resume",
                # A recipe's are for the networks that have such.
                *(
                    []
                    if train.takes_auxiliary_tasks(model)
                    else ["--auxiliary_tasks="]
                ),
            )
            if not (run / "final").exists():
                return None
        print(f"Measuring {name}, seed {seed} …", flush=True)
        arguments = {
            "preset": run / "final",
            "output": run / "metrics.json",
            "dataset": config.dataset,
            "data_dir": config.data_dir,
            "image_size": config.image_size,
            "batch_size": config.batch_size,
            "split": config.split,
            "protocol": config.protocol,
        }
        _call(
            folder / name / f"seed_{seed}.log",
            "training.evaluate",
            *(
                f"--{flag}={_text(value)}"
                for flag, value in arguments.items()
                if value is not None
            ),
        )
        if not is_measured(config, run):
            return None
    metadata = json.loads((run / "final" / "metadata.json").read_text())
    seconds = [
        line["seconds_per_step"]
        for line in record.read_lines(run)
        if line.get("seconds_per_step")
    ]
    return {
        "metrics": json.loads((run / "metrics.json").read_text())["metrics"],
        "parameters": metadata["parameter_count"],
        "gflop": _gflop(run, settings.parse_size(config.image_size)),
        "seconds_per_step": float(np.median(seconds)) if seconds else None,
    }


def join(runs):
    """Results of networks that stand side by side, as those of one."""

    def add_up(key):
        values = [run[key] for run in runs]
        return None if None in values else sum(values)

    return {
        "metrics": {k: v for run in runs for k, v in run["metrics"].items()},
        **{
            key: add_up(key)
            for key in ("parameters", "gflop", "seconds_per_step")
        },
    }


def summarize(rows):
    """Means and standard deviations over the seeds.

    Args:
        rows: Dict network → list of results, one per seed, see `join`.

    Returns:
        A dict network → dict of `"metrics"` (task → metric → `[mean, std]`,
        the latter `None` where there is one seed), `"delta_m"` (the same pair,
        or `None`), `"parameters"`, `"gflop"`, `"seconds_per_step"`, `"seeds"`.
    """
    report = {}
    for model, results in rows.items():
        metrics = {
            task: {
                name: _mean_and_std(
                    [result["metrics"][task][name] for result in results]
                )
                for name in values
            }
            for task, values in results[0]["metrics"].items()
        }
        delta = None
        if _BASELINE in rows and model != _BASELINE:
            single = means(report, _BASELINE)
            delta = _mean_and_std(
                [
                    mtl_zoo.metrics.delta_m(result["metrics"], single)
                    for result in results
                ]
            )
        seconds = [result["seconds_per_step"] for result in results]
        report[model] = {
            "metrics": metrics,
            "delta_m": delta,
            "parameters": results[0]["parameters"],
            "gflop": results[0]["gflop"],
            "seconds_per_step": (
                None if None in seconds else float(np.mean(seconds))
            ),
            "seeds": len(results),
        }
    return report


def means(report, model):
    """A network's metrics without deviations, as `--baseline` takes them.

    Args:
        report: Dict, see `summarize`.
        model: String, the network.

    Returns:
        A dict task → metric → float.
    """
    return {
        task: {name: mean for name, (mean, _) in values.items()}
        for task, values in report[model]["metrics"].items()
    }


def as_markdown(report):
    """A table, a line per network.

    Args:
        report: Dict, see `summarize`.

    Returns:
        A string.
    """
    columns = [
        (task, name)
        for task, values in next(iter(report.values()))["metrics"].items()
        for name in values
    ]
    header = [
        "model",
        *(f"{task} {name}" for task, name in columns),
        "Δm %",
        "parameters",
        "GFLOP",
        "s/step",
        "seeds",
    ]
    lines = [header, ["---"] * len(header)]
    for model, row in report.items():
        lines.append(
            [
                model,
                *(_pair(row["metrics"][task][name]) for task, name in columns),
                _pair(row["delta_m"], "+.2f", ".2f"),
                f"{row['parameters']:,}",
                "–" if row["gflop"] is None else f"{row['gflop']:.1f}",
                "–"
                if row["seconds_per_step"] is None
                else f"{row['seconds_per_step']:.3f}",
                str(row["seeds"]),
            ]
        )
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _pair(pair, of_mean=".4f", of_std=".4f"):
    if pair is None:
        return "–"
    mean, std = pair
    return f"{mean:{of_mean}}" + ("" if std is None else f" ± {std:{of_std}}")


def _mean_and_std(values):
    """Mean and sample standard deviation; a single value has none."""
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return [float(np.mean(values)), std]


def _gflop(run, image_size):
    """Billions of operations of one image; TensorFlow's graph is read."""
    if image_size is None or keras.backend.backend() != "tensorflow":
        return None
    model = mtl_zoo.models.MultiTaskModel.from_preset(
        run / "final", load_weights=False
    )
    return count_flops(model, image_size) / 1e9


def _call(log, module, *arguments):
    """Run a command; SIGTERM is handed on to it, which ends it in order."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "a", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=_ROOT,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        before = signal.signal(
            signal.SIGTERM, lambda *_: process.send_signal(signal.SIGTERM)
        )
        try:
            code = process.wait()
        finally:
            signal.signal(signal.SIGTERM, before)
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code not in (0, -signal.SIGTERM):
        last = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
        raise OSError(f"{module} failed ({' '.join(last)}); see {log}.")


def _text(value):
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)


if __name__ == "__main__":
    cli.run(main)
