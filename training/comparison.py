"""The table of a comparison: means and deviations over seeds, and Δm."""

import numpy as np

import mtl_zoo
from mtl_zoo.utils import text

BASELINE = "single_task"


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
        if BASELINE in rows and model != BASELINE:
            single = means(report, BASELINE)
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
    rows = []
    for model, row in report.items():
        rows.append(
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
    return text.table(header, rows)


def _pair(pair, of_mean=".4f", of_std=".4f"):
    if pair is None:
        return "–"
    mean, std = pair
    return f"{mean:{of_mean}}" + ("" if std is None else f" ± {std:{of_std}}")


def _mean_and_std(values):
    """Mean and sample standard deviation; a single value has none."""
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return [float(np.mean(values)), std]
