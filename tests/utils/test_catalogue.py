"""What is not known is named in a line, with what there is."""

import pytest

from mtl_zoo.utils.text import unknown

pytestmark = pytest.mark.one_backend


def test_the_error_lists_what_is_allowed_and_what_was_meant():
    assert str(unknown("mode", "unitt", ("unit", None))) == (
        "mode 'unitt' is not known; allowed are unit, None. Did you mean "
        "'unit'?"
    )
    assert str(unknown("Preset", "a", (), "a folder")) == (
        "Preset 'a' is not known; allowed are a folder."
    )


def test_the_error_stays_a_line():
    names = [f"preset_{i}" for i in range(1000)]
    message = str(unknown("Preset", "x" * 10_000, names, "a folder"))
    assert len(message) < 300 and "(1000 in all), a folder." in message
