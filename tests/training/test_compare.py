"""The table of a comparison."""

import json
import subprocess
import sys

import pytest
from absl import flags
from absl.testing import flagsaver

import mtl_zoo
from mtl_zoo.utils import cli
from training import compare
from training import comparison
from training import network
from training import record
from training import seeds
from training import train


def result(mIoU, rmse, seconds=0.5):
    return {
        "metrics": {"semseg": {"mIoU": mIoU}, "depth": {"rmse": rmse}},
        "parameters": 1000,
        "gflop": None,
        "seconds_per_step": seconds,
    }


def test_means_deviations_and_delta_m():
    rows = {
        "single_task": [result(0.3, 0.6), result(0.5, 0.4)],
        "mti_net": [result(0.44, 0.45), result(0.4, 0.5)],
    }
    report = comparison.summarize(rows)
    assert report["single_task"]["delta_m"] is None
    assert report["single_task"]["metrics"]["semseg"]["mIoU"] == pytest.approx(
        [0.4, 0.02**0.5]
    )
    # Seed 0: (+10 % + 10 %) / 2, seed 1: 0, against the means 0.4 and 0.5.
    assert report["mti_net"]["delta_m"] == pytest.approx([5, 50**0.5])
    table = comparison.as_markdown(report)
    assert "| mti_net | 0.4200 ± 0.0283 | 0.4750 ± 0.0354 | +5.00 ± 7.07 |" in (
        table
    )
    assert "| 1,000 | – | 0.500 | 2 |" in table
    # One seed has no deviation.
    table = comparison.as_markdown(
        comparison.summarize({name: rows[name][:1] for name in rows})
    )
    assert "| mti_net | 0.4400 | 0.4500 | +35.83 |" in table


def test_single_tasks_stand_side_by_side():
    one, two = result(0.3, 0.6), result(0.3, 0.6, seconds=None)
    del one["metrics"]["depth"], two["metrics"]["semseg"]
    joined = comparison.join([one, two])
    assert joined["metrics"] == result(0.3, 0.6)["metrics"]
    assert joined["parameters"] == 2000
    assert joined["seconds_per_step"] is None


@pytest.fixture
def parse(tmp_path):
    saved = flagsaver.save_flag_values()

    def parse(*arguments):
        cli.parse(["compare", f"--output_dir={tmp_path}", *arguments])
        return flags.FLAGS

    yield parse
    flagsaver.restore_flag_values(saved)


def test_what_is_done_is_not_done_again(parse, tmp_path, tiny_model, capsys):
    for seed, mIoU in ((0, 0.25), (1, 0.35)):
        run = tmp_path / "hard_sharing" / f"seed_{seed}"
        tiny_model("hard_sharing").save_to_preset(run / "final")
        metrics = {
            "metrics": {"semseg": {"mIoU": mIoU}},
            "split": "test",
            "protocol": "survey",
        }
        (run / "metrics.json").write_text(json.dumps(metrics))
        (run / "metrics.jsonl").write_text(
            "".join(
                json.dumps({"epoch": i, "seconds_per_step": s}) + "\n"
                for i, s in enumerate((9.0, 0.25, 0.25))
            )
        )
    parameters = tiny_model("hard_sharing").count_params()
    compare.main(
        parse("--models=hard_sharing", "--seeds=0,1", "--image_size=32,48")
    )
    report = json.loads((tmp_path / "compare.json").read_text())
    row = report["hard_sharing"]
    assert row["metrics"]["semseg"]["mIoU"] == pytest.approx([0.3, 0.005**0.5])
    assert (row["parameters"], row["seconds_per_step"]) == (parameters, 0.25)
    assert (tmp_path / "compare.md").read_text() in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "--models"),
        (["--models=mtinet"], "mti_net"),
        (["--models=mti_net", "--encoder=segnet"], "MTINet can't take"),
        (["--models=mtan,ati_net", "--warm_start=a"], "mtan has none"),
        (
            ["--models=mtan", "--recipe=nyud_mtan"],
            "'test' is not known; allowed are train, validation",
        ),
        (
            ["--models=mtan", "--balancings=equal,even"],
            "--balancing=even: .* is not known; allowed are fixed, equal",
        ),
        (
            ["--models=mtan", "--balancings=moco:features"],
            "MoCo takes 'encoder'",
        ),
        # The single-task network of depth has no such metric.
        (
            ["--models=single_task", "--best=val_semseg_mIoU"],
            "'val_semseg_mIoU' is not known; allowed are .*val_depth_rmse",
        ),
    ],
)
def test_mistakes(parse, arguments, words):
    with pytest.raises(ValueError, match=words):
        compare.main(parse(*arguments))


@pytest.mark.parametrize("seeds", ["a", "-1", "0,1.5", "4294967296", ""])
def test_seeds_are_whole_numbers(parse, seeds):
    with pytest.raises(flags.Error, match="seeds"):
        parse("--models=mtan", f"--seeds={seeds}")


def test_the_command_knows_the_flags_of_training(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "training.compare", "--recipe=rooms_mti_net"]
        + ["--models=resnet", f"--output_dir={tmp_path}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "'resnet' is not known; allowed are" in result.stderr


@pytest.mark.one_backend
def test_results_of_other_flags_are_no_results(parse, tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    given = ("--model=mtan", f"--output_dir={folder}", "--seeds=0")
    monkeypatch.setattr(train, "train", lambda *_, **__: None)
    run = folder / "seed_0"
    run.mkdir(parents=True)
    record.write_config(parse(*given), run)
    (run / "metrics.json").write_text('{"split": "test", "protocol": "survey"}')
    seeds.main(parse(*given))
    with pytest.raises(ValueError, match="with --learning_rate=0.001, not 0.1"):
        seeds.main(parse(*given, "--learning_rate=0.1"))


def test_networks_are_compared_from_their_start(parse):
    with pytest.raises(ValueError, match="--preset=a: .*--encoder_weights"):
        compare.main(parse("--models=mtan", "--preset=a"))


def test_a_row_for_every_network_and_balancing(parse):
    config = parse(
        "--models=hard_sharing,single_task,mtan",
        "--balancings=mgda:features,equal",
    )
    rows, seeds = compare.check(config)
    assert [row.name for row in rows] == [
        "single_task",
        "hard_sharing/mgda_features",
        "hard_sharing/equal",
        "mtan/mgda_features",
        "mtan/equal",
    ]
    assert seeds == [0]


def test_a_row_for_every_network(parse):
    rows, _ = compare.check(parse("--models=mtan", "--balancing=mgda"))
    assert [row.name for row in rows] == ["mtan"]


def test_auxiliary_tasks_are_for_networks_that_have_them():
    able = {
        *filter(network.takes_auxiliary_tasks, mtl_zoo.models.list_models())
    }
    assert {"mti_net", "pad_net"} <= able
    assert not {"hard_sharing", "single_task", "mtan"} & able


def test_runs_of_another_comparison_are_not_taken_over(
    parse, tmp_path, monkeypatch
):
    tasks = ["semseg:13", "depth"]
    common = ("--models=mtan", f"--tasks={','.join(tasks)}")
    config = parse(*common, "--epochs=3")
    mtan = compare.Row("mtan")
    run = tmp_path / "mtan" / "seed_0"
    compare.check_same_comparison(config, run, mtan, tasks)
    assert not seeds.is_measured(config, run)
    run.mkdir(parents=True)
    record.write_config(config, run)
    report = {"split": "test", "protocol": "survey"}
    (run / "metrics.json").write_text(json.dumps(report))
    compare.check_same_comparison(config, run, mtan, tasks)
    # A recipe's auxiliary tasks are not this network's.
    config = parse(*common, "--epochs=3", "--auxiliary_tasks=normals")
    compare.check_same_comparison(config, run, mtan, tasks)
    assert seeds.is_measured(config, run)
    # Results of another protocol are measured anew, ...
    config = parse(*common, "--epochs=3", "--protocol=mtan")
    assert not seeds.is_measured(config, run)
    # ... what was trained otherwise is refused.
    with pytest.raises(ValueError, match="--balancing=fixed, not mgda"):
        compare.check_same_comparison(
            config, run, compare.Row("mtan", "mgda"), tasks
        )
    with pytest.raises(ValueError, match="--tasks=semseg:13,depth, not depth"):
        compare.check_same_comparison(config, run, mtan, ["depth"])
    with pytest.raises(ValueError, match="not normals"):
        config = parse(*common, "--epochs=3", "--auxiliary_tasks=normals")
        compare.check_same_comparison(
            config, run, compare.Row("mti_net"), tasks
        )
    with pytest.raises(ValueError, match="mtan/seed_0 .*--epochs=3, not 4"):
        config = parse(*common, "--epochs=4")
        compare.check_same_comparison(config, run, mtan, tasks)
    monkeypatch.setattr(compare.keras.backend, "backend", lambda: "another")
    with pytest.raises(ValueError, match="was trained on"):
        compare.check_same_comparison(config, run, mtan, tasks)
