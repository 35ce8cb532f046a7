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


@pytest.mark.one_backend
@pytest.mark.parametrize(
    "module, words",
    [
        ("raise SystemExit(0)", "it ends the process"),
        ("import sys; sys.exit('bye')", "it ends the process"),
        ("raise ValueError('a' * 5000)", "can't be imported: aaa"),
        ("raise ValueError('\\x1b[2J')", "can't be imported: ?[2J"),
        ("def (", "can't be imported: invalid syntax"),
    ],
)
def test_a_module_that_cannot_be_imported(
    module, words, tmp_path, monkeypatch, capsys
):
    (tmp_path / "hostile_module.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    parser = cli.flags.FLAGS["import"].parser
    monkeypatch.setattr(cli, "parse", lambda _: parser.parse("hostile_module"))
    monkeypatch.setattr(cli.flags, "Error", ValueError)
    with pytest.raises(SystemExit) as end:
        cli._parse([])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line and len(line) < 300 and line.isprintable()


def test_a_line_that_no_terminal_obeys(capsys):
    cli.say("a\x1b[2J\nb\udcff.jpg")
    assert capsys.readouterr().out == "a?[2J?b?.jpg\n"


def test_lines_that_no_terminal_obeys(capsys):
    cli.show("a | b\x1b[2J\n--- | ---\r")
    assert capsys.readouterr().out == "a | b?[2J\n--- | ---?\n"


_SCRIPT = """
from mtl_zoo.utils import cli
from training import settings
settings.define_data_flags()
settings.define_batch_size()
cli.run(print)
"""


@pytest.mark.one_backend
def test_help_lists_flags_that_commands_share():
    said = python(["-c", _SCRIPT, "--help"]).stdout
    for name in ("dataset", "data_dir", "image_size", "batch_size", "import"):
        assert f"--{name}:" in said
