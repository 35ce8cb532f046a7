"""What a preset's metadata says of its first rooms comes back."""

import pytest

import mtl_zoo
from training import measure

# That a preset gives the same on every backend, tests/presets tells.
pytestmark = [pytest.mark.presets, pytest.mark.one_backend]


@pytest.fixture(scope="module")
def rooms_dir(tmp_path_factory):
    """Where rooms are rendered once for all presets."""
    return tmp_path_factory.mktemp("rooms")


@pytest.mark.parametrize("name", list(mtl_zoo.presets.list_presets()))
def test_the_numbers_of_a_part_of_the_split_come_back(name, rooms_dir):
    model = mtl_zoo.models.MultiTaskModel.from_preset(name)
    check = mtl_zoo.presets.metadata(name)["spot_check"]
    data = mtl_zoo.datasets.load(
        "rooms",
        "test",
        tasks=model.tasks,
        data_dir=rooms_dir,
        image_size=model.working_size,
        batch_size=4,
        num_examples=check["num_images"],
        field_of_view=model.field_of_view,
    )
    found = measure.evaluate(model, data)
    assert list(found) == list(check["metrics"])
    for task, values in check["metrics"].items():
        for metric, value in values.items():
            # Another processor rounds otherwise; what rounding turns to
            # another class or to another match is less than this.
            expected = pytest.approx(value, rel=2e-3, abs=2e-4)
            assert found[task][metric] == expected, (task, metric)
