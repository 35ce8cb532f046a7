"""Train and measure several networks under one recipe, with several seeds.

```
python -m training.compare --models=single_task,hard_sharing,mti_net \
    --seeds=0,1,2 --recipe=rooms_mti_net --output_dir=runs/compare
```

Takes the flags of `training.train`, and trains with them. `single_task` is one
network per task; Δm of the others is against the mean of its results. With
`--balancings=equal,mgda,famo` every other network is trained with each of them.
Writes `compare.md` and `compare.json` after every row that is done, and
`single_task.json`, which `--baseline` of the other commands takes. The same
command again goes on where it was stopped: what is trained or measured is not
again. The seeds of a row share a process, see `training.seeds`.
"""

import dataclasses
import json
import pathlib
import signal
import subprocess
import sys

import keras
import numpy as np
from absl import flags

import mtl_zoo
from mtl_zoo.models.inputs import check_encoder
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.text import unknown
from training import comparison
from training import network
from training import recipes
from training import record
from training import seeds
from training import settings
from training import train

flags.DEFINE_list("models", None, "Names of the networks, see --model.")
flags.DEFINE_list(
    "balancings",
    None,
    "Ways of balancing, a row of each network for each, see --balancing, which "
    "is the default.",
)
_ROOT = pathlib.Path(__file__).parents[1]
# What this command sets for each run.
_OWN = (
    "model seed tasks output_dir resume models balancings seeds split protocol"
).split()


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        model: String, the network.
        balancing: String, or `None` for that of `--balancing`.
    """

    model: str
    balancing: str | None = None

    @property
    def flags(self):
        """Dict of the flags of training that are the row's own."""
        # A single task has nothing to balance, but some ways change the
        # length of its steps.
        balancing = (
            "fixed" if self.model == comparison.BASELINE else self.balancing
        )
        return {"balancing": balancing} if balancing else {}

    @property
    def name(self):
        """What it is called, also as a folder."""
        parts = [self.model, *filter(None, [self.balancing])]
        return "/".join(parts).replace(":", "_")


def main(config):
    recipes.apply(config)
    rows, numbers = check(config)
    folder = user_path(config.output_dir).resolve()
    known = settings.get_tasks(config, config.tasks)
    # As they are given: `semseg:7` says which classes.
    tasks = config.tasks or [task.name for task in known]
    for row in rows:
        for part in parts_of(row.model, known):
            train.check_best(config, part)
    results = {}
    for row in rows:
        # A list of seeds for each network, a list of networks for each seed.
        parts = [
            finish(config, folder, row, numbers, part)
            for part in parts_of(row.model, tasks)
        ]
        if None in parts:
            print("Stopped; the same command goes on.")
            return
        results[row.name] = [
            comparison.join(runs) for runs in zip(*parts, strict=True)
        ]
        report = comparison.summarize(results)
        settings.write_json(folder / "compare.json", report)
        if row.model == comparison.BASELINE:
            settings.write_json(
                folder / f"{comparison.BASELINE}.json",
                comparison.means(report, comparison.BASELINE),
            )
        with atomic_path(folder / "compare.md") as temporary:
            temporary.write_text(
                comparison.as_markdown(report), encoding="utf-8"
            )
    cli.show(comparison.as_markdown(report))


def parts_of(model, tasks):
    """The tasks of each network that has to be trained for a row."""
    return (
        [[task] for task in tasks] if model == comparison.BASELINE else [tasks]
    )


def check(config):
    """The rows and seeds, after every check that needs no training."""
    if config.preset:
        raise ValueError(
            f"--preset={config.preset}: networks are compared by what they "
            "learn from their first weights; see --encoder_weights."
        )
    if not config.models:
        raise ValueError("--models: give names, such as single_task,mti_net.")
    for model in config.models:
        if model not in mtl_zoo.models.list_models():
            raise unknown("--models:", model, mtl_zoo.models.list_models())
        check_encoder(mtl_zoo.models.get(model), config.encoder)
        network.check_warm_start(config, model)
    for balancing in config.balancings or [config.balancing]:
        train.check_balancing(balancing)
    mtl_zoo.datasets.check_split(config.dataset, config.split, config.data_dir)
    rows = [
        Row(model, balancing)
        for model in config.models
        # A single task has nothing to balance.
        for balancing in (
            [None]
            if model == comparison.BASELINE
            else config.balancings or [None]
        )
    ]
    # The baseline comes first: Δm is against it.
    rows.sort(key=lambda row: row.model != comparison.BASELINE)
    return list(dict.fromkeys(rows)), [
        int(seed) for seed in dict.fromkeys(config.seeds)
    ]


def check_same_comparison(config, run, row, tasks):
    """Raise `ValueError` where a run was trained with other flags.

    Args:
        config: `absl.flags.FlagValues`, parsed.
        run: Path of the run.
        row: `Row` that it is part of.
        tasks: List of its tasks, as `--tasks` takes them.
    """
    path = run / "config.json"
    if not path.exists():
        return
    written = record.read_config(path)
    backend, before = written["versions"]["backend"], written["flags"]
    if backend != keras.backend.backend():
        raise ValueError(
            f"--output_dir={config.output_dir}: {run} was trained on {backend}."
        )
    asked = json.loads(json.dumps(record.flags_of(config)))
    asked = {flag: x for flag, x in asked.items() if flag not in _OWN}
    asked["tasks"] = tasks
    asked |= row.flags
    if not network.takes_auxiliary_tasks(row.model):
        del asked["auxiliary_tasks"]
    for flag, value in asked.items():
        if flag in record.FREE or flag not in before:
            continue
        if before[flag] != value:
            raise ValueError(
                f"--output_dir={config.output_dir}: {run} was trained with "
                f"--{flag}={record.flag_text(before[flag])}, not "
                f"{record.flag_text(value)}."
            )


def finish(config, folder, row, numbers, tasks):
    """Train and measure one network, as far as that is still to be done.

    Args:
        config: `absl.flags.FlagValues`.
        folder: Absolute path of the comparison.
        row: `Row` that it is part of.
        numbers: List of the seeds.
        tasks: List of its tasks, as `--tasks` takes them.

    Returns:
        A list of a dict of results for each seed, or `None` if the command was
        asked to stop.
    """
    name = row.name
    if row.model == comparison.BASELINE:
        name = f"{name}_{tasks[0].partition(':')[0]}"
    runs = [folder / name / f"seed_{number}" for number in numbers]
    for run in runs:
        check_same_comparison(config, run, row, tasks)
    missing = [run for run in runs if not seeds.is_measured(config, run)]
    if missing:
        cli.say(f"{name}: {', '.join(run.name for run in missing)} …")
        given = {
            flag: value
            for flag, value in record.flags_of(config).items()
            if config[flag].present and flag not in _OWN
        }
        given |= {
            "model": row.model,
            "tasks": tasks,
            "seeds": numbers,
            "split": config.split,
            "protocol": config.protocol,
            "output_dir": folder / name,
        }
        if not network.takes_auxiliary_tasks(row.model):
            # A recipe's are for the networks that have such.
            given["auxiliary_tasks"] = []
        given |= row.flags
        _call(folder / f"{name}.log", "training.seeds", given)
        if not all(seeds.is_measured(config, run) for run in runs):
            return None
    return [_result(run) for run in runs]


def _result(run):
    """What the table says of a run."""
    report = read_json(run / "metrics.json")
    metadata = mtl_zoo.presets.metadata(run / "final")
    if not settings.are_metrics(report.get("metrics")):
        raise ValueError(f"{run / 'metrics.json'} holds no results of a run.")
    seconds = [
        line["seconds_per_step"]
        for line in record.read_lines(run)
        if line.get("seconds_per_step")
    ]
    return {
        "metrics": report["metrics"],
        "parameters": metadata["parameter_count"],
        "gflop": report.get("gflop"),
        "seconds_per_step": float(np.median(seconds)) if seconds else None,
    }


def _call(log, module, given):
    """Run a command; SIGTERM is handed on to it, which ends it in order.

    Args:
        log: Path of the file that takes what it prints.
        module: String.
        given: Dict of its flags.
    """
    arguments = [
        word
        for flag, value in given.items()
        for word in record.flag_words(flag, value)
    ]
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


if __name__ == "__main__":
    cli.run(main)
