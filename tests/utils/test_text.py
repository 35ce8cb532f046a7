"""Texts made fit for a line, and tables."""

import pytest

from mtl_zoo.utils import text

pytestmark = pytest.mark.one_backend


def test_a_table_fills_up_short_rows():
    assert text.table(["a", "b", "c"], [["x", 1, 2], ["y"]], words=1) == (
        "| a | b | c |\n| --- | ---: | ---: |\n| x | 1 | 2 |\n| y |  |  |\n"
    )
    assert text.table(["a"], []) == "| a |\n| --- |\n"


def test_what_a_terminal_would_obey_is_not_printed():
    name = "a\x1b[31m\r\n\u202eb\udcff.jpg"
    assert text.printable(name) == "a?[31m???b?.jpg"
    assert text.one_line(name) == "a?[31m ?b?.jpg"
