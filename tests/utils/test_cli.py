import pytest

from mtl_zoo.utils import cli
from tests.commands import python


@pytest.mark.one_backend
@pytest.mark.parametrize(
    "error, code", [(ValueError("bad"), 1), (KeyboardInterrupt(), 130)]
)
def test_what_a_failed_command_held_open_is_let_go(
    error, code, monkeypatch, capsys
):
    """A pipeline that lives on until Python has ended waits for ever."""

    def main(_):
        raise error

    # Without the flags of the scripts that other tests have imported.
    monkeypatch.setattr(
        cli.app, "run", lambda main, flags_parser: main(["command"])
    )
    with pytest.raises(SystemExit) as end:
        cli.run(main)
    assert end.value.code == code
    assert end.value.__context__ is None
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.one_backend
@pytest.mark.parametrize("message", ["a" * 10_000, "a\x1b[2J\nb\udcff"])
def test_an_error_is_a_short_line_that_no_terminal_obeys(message, capsys):
    with pytest.raises(SystemExit):
        cli.fail(message)
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < 300 and line.isprintable()


_SCRIPT = """
from mtl_zoo.utils import cli
from training import settings
settings.define_data_flags()
cli.run(print)
"""


@pytest.mark.one_backend
def test_help_lists_flags_that_commands_share():
    said = python(["-c", _SCRIPT, "--help"]).stdout
    for name in ("dataset", "data_dir", "image_size", "batch_size", "import"):
        assert f"--{name}:" in said
