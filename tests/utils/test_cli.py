import pytest

from mtl_zoo.utils import cli


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
