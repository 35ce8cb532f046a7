"""What a preset's metadata says of its first rooms comes back."""

import pytest

import mtl_zoo
from training import measure

pytestmark = pytest.mark.presets

# Presets of version 0.1.0 were measured on the rooms of their time.
NAMES = [
    name
    for name in mtl_zoo.presets.list_presets()
    if "spot_check" in mtl_zoo.presets.metadata(name)
]


@pytest.mark.slow_to_compile
@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_of_a_part_of_the_split_come_back(name, tmp_path):
    model = mtl_zoo.models.MultiTaskModel.from_preset(name)
    check = mtl_zoo.presets.metadata(name)["spot_check"]
    data = mtl_zoo.datasets.load(
        "rooms",
        "test",
        tasks=model.tasks,
        data_dir=tmp_path,
        image_size=model.working_size,
        batch_size=4,
        num_examples=check["num_images"],
        field_of_view=model.field_of_view,
    )
    found = measure.evaluate(model, data)
    assert list(found) == list(check["metrics"])
    for task, values in check["metrics"].items():
        for metric, value in values.items():
            # Other kernels round otherwise; what rounding turns to another
            # class or to another match is less than this.
            expected = pytest.approx(value, rel=2e-3, abs=2e-4)
            assert found[task][metric] == expected, (task, metric)


def test_some_preset_is_checked():
    assert NAMES
