"""Operations are counted as others count them."""

import json

import keras
import pytest

import mtl_zoo
from mtl_zoo.evaluation import count_flops
from tests.commands import check_error
from tests.commands import run_all
from tools import latency

if keras.backend.backend() != "tensorflow":
    pytest.skip(
        "operations are counted in TensorFlow's graph", allow_module_level=True
    )


@pytest.mark.parametrize(
    "layer, expected",
    [
        # 2 · height · width · kernel · kernel · in / groups · out.
        (keras.layers.Conv2D(8, 3, strides=2), 2 * 7 * 15 * 9 * 3 * 8),
        (keras.layers.DepthwiseConv2D(5), 2 * 12 * 28 * 25 * 3),
        (keras.layers.Dense(4), 2 * 16 * 32 * 3 * 4),
        # As a convolution of its output, by each pixel of its input.
        (keras.layers.Conv2DTranspose(8, 3, 2), 2 * 16 * 32 * 9 * 3 * 8),
    ],
)
def test_of_a_layer(layer, expected):
    image = keras.Input((None, None, 3))
    assert count_flops(keras.Model(image, layer(image)), (16, 32)) == expected


@pytest.mark.parametrize(
    "name, gflop",
    # What the survey's own networks were measured at, 480×640.
    [("mti_net", 34.3), ("pad_net", 140.5)],
)
def test_of_published_networks(name, gflop):
    model = mtl_zoo.models.get(name)(
        "hrnet_w18_small_v2", ["semseg:40", "depth"]
    )
    assert round(count_flops(model, (480, 640)) / 1e9, 1) == gflop


def test_all_runtimes_are_measured(tiny_model):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("ai_edge_litert")
    model = tiny_model("hard_sharing", tasks=("semseg:13", "depth"))
    result = latency.measure_latency(model, (32, 48), rounds=3)
    assert list(result["runtimes"]) == [
        *("Keras eager", "Keras compiled", "LiteRT float32", "LiteRT float16"),
        *("LiteRT dynamic", "LiteRT int8", "ONNX Runtime nhwc"),
        "ONNX Runtime nchw",
    ]
    assert result["operations"] * 1e9 == count_flops(model, (32, 48))
    text = latency.as_table(result)
    for name, row in result["runtimes"].items():
        # The median of ratios is about the ratio of the medians.
        share = result["operations"] / row["seconds"] / result["matrix_product"]
        assert row["share"] / share == pytest.approx(1, abs=0.9)
        assert name in text


def test_the_work_of_a_core_is_measured(tiny_model):
    pytest.importorskip("ai_edge_litert")
    model = tiny_model("hard_sharing", tasks=("semseg:13", "depth"))
    assert latency.photo_seconds(model, (32, 48), runs=2) > 0


def test_training_steps_are_measured(tiny_model):
    model = tiny_model("hard_sharing", tasks=("semseg:13", "depth"))
    result = latency.measure_training(model, (32, 48), 2, rounds=2)
    step = result["runtimes"]["training step"]
    assert 0 < step["seconds"] < result["first_step"]
    rate = result["operations"] / step["seconds"]
    assert 0 < step["share"] < 10 * rate / result["matrix_product"]
    assert result["operations"] * 1e9 == 6 * count_flops(model, (32, 48))
    assert "training step" in latency.as_table(result)


def a_result(milliseconds, rate):
    runtimes = {
        name: {"seconds": x / 1000, "share": 0.5}
        for name, x in milliseconds.items()
    }
    return {
        "image_size": [480, 640],
        "threads": 2,
        "matrix_product": rate,
        "runtimes": runtimes,
    }


def test_runs_compare_by_what_the_machine_could_have_done():
    # The machine is half as fast now, so 200 ms are what 100 were.
    now = {"a": a_result({"LiteRT": 200.0, "ONNX": 300.0}, rate=50.0)}
    before = {"a": a_result({"LiteRT": 100.0, "ONNX": 100.0}, rate=100.0)}
    assert latency.slower(now, before) == ["a, ONNX: 1.50 times the time"]
    peers = {"a": {"theirs": {"seconds": 0.2, "matrix_product": 100.0}}}
    table = latency.as_markdown({**now, "b": now["a"]}, peers)
    assert "| times as fast as theirs |" in table
    assert "| a | LiteRT | 200.0 | 0.50 | 2.00 |" in table
    assert "| b | ONNX | 300.0 | 0.50 | – |" in table
    before["a"]["image_size"] = [96, 128]
    with pytest.raises(ValueError, match="image_size"):
        latency.slower(now, before)


def test_flags_that_are_found_wrong_before_anything_is_measured(tmp_path):
    wrong = {
        "--encoders=resnet18": (1, "--encoders is of --summary alone"),
        "--models=nothing": (1, "--models is of --summary alone"),
        "--tasks=depth": (1, "--tasks is of --summary alone"),
        f"--preset={tmp_path},no": (1, "metadata.json is missing"),
        "--training_batch=1025": (2, "--training_batch"),
        "--training_batch=": (2, "--training_batch"),
        "--rounds=nan": (2, "--rounds"),
    }
    lines = [[flag] for flag in wrong]
    lines.append(["--summary", "--training_batch=2"])
    ends = run_all("tools.benchmark", lines)
    expected = [*wrong.values(), (1, "one of --training_batch and --summary")]
    for end, (code, words) in zip(ends, expected, strict=True):
        check_error(end, code, words)


@pytest.mark.parametrize(
    "content",
    [
        {"a": 3},
        {"a": {"theirs": {"seconds": 0.2}}},
        {"a": {"theirs": {"seconds": "0.2", "matrix_product": 100.0}}},
        {"a": {"theirs": {"seconds": 0, "matrix_product": 100.0}}},
        {"a": {"matrix_product": 1.0, "runtimes": {"ONNX": {"seconds": None}}}},
    ],
)
def test_figures_of_other_runs_are_checked(tmp_path, content):
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="figures of others' code are"):
        latency.read_peers(path)
    with pytest.raises(ValueError, match="not what tools.benchmark"):
        latency.read_results(path)
