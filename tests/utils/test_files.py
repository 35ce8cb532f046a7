"""Nothing is half written."""

import os
import pathlib
import sys

import numpy as np
import pytest

from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cache_folder
from mtl_zoo.utils import files
from mtl_zoo.utils import zip_files
from tests import commands

pytestmark = pytest.mark.one_backend


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic_path(path) as temporary:
        temporary.write_text("a")
        assert not path.exists()
        assert temporary.suffix == ".txt"
    assert path.read_text() == "a"


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_a_folder(tmp_path):
    path = tmp_path / "a"
    path.mkdir()
    (path / "old").write_text("old")
    with atomic_path(path) as temporary:
        temporary.mkdir()
        (temporary / "new").write_text("new")
    assert [p.name for p in path.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_take_its_place_leaves_the_old(
    tmp_path, monkeypatch
):
    path = tmp_path / "a"
    path.mkdir()
    (path / "old").write_text("old")
    replace = files.os.replace

    def fail(source, target):
        if target == path and (source / "new").exists():
            raise OSError("no room")
        replace(source, target)

    monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="no room"), atomic_path(path) as new:
        new.mkdir()
        (new / "new").write_text("new")
    assert [p.name for p in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_leads_to_the_place(tmp_path, kind):
    link = tmp_path / "link"
    (tmp_path / "disk").mkdir()
    place = tmp_path / "disk" / "a"
    link.symlink_to(pathlib.Path("disk", "a"))

    def write(content):
        with atomic_path(link) as temporary:
            if kind == "folder":
                temporary.mkdir()
                (temporary / content).write_text("")
            else:
                temporary.write_text(content)

    def found():
        if kind == "folder":
            return [path.name for path in place.iterdir()]
        return [place.read_text()]

    for content in ("one", "two"):  # There is nothing, then something.
        write(content)
        assert link.is_symlink() and found() == [content]
    assert sorted(tmp_path.rglob("*"))[:2] == [place.parent, place]
    assert sorted(x.name for x in tmp_path.iterdir()) == ["disk", "link"]


def test_what_another_run_of_the_folder_is_writing_stays(tmp_path):
    program = (
        "import pathlib, sys; from mtl_zoo.utils import files;"
        "files.remove_unfinished(pathlib.Path(sys.argv[1]))"
    )
    with atomic_path(tmp_path / "best") as temporary:
        temporary.mkdir()
        (temporary / "weights").write_text("half")
        commands.python(["-c", program, str(tmp_path)])
        assert (temporary / "weights").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["best"]


def test_what_was_abandoned_is_removed_by_the_next(tmp_path):
    old = tmp_path / f".{'0b' * 16}.a.txt"
    other = tmp_path / f".{'0b' * 16}.b.txt"
    new = tmp_path / f".{'0c' * 16}.a.txt"
    for path in (old, other, new):
        path.write_text("half")
    for path in (old, other):
        os.utime(path, (0, 0))
    with atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("a")
    assert sorted(tmp_path.iterdir()) == [other, new, tmp_path / "a.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="known on Linux only")
@pytest.mark.parametrize("whole_folder", [False, True])
def test_what_an_ended_process_left_is_removed_at_once(tmp_path, whole_folder):
    program = "from mtl_zoo.utils.files import mark; print(mark())"
    ended = commands.python(["-c", program]).stdout.strip()
    for name in (ended, files.mark(), "0" * 16 + ended[16:]):
        (tmp_path / f".{name}.a.txt").write_text("half")
        (tmp_path / f".{name}.best").mkdir()
    (tmp_path / ".keep").write_text("")
    if whole_folder:
        files.remove_unfinished(tmp_path)
    else:
        for name in ("a.txt", "best"):
            with atomic_path(tmp_path / name) as temporary:
                temporary.write_text("a")
    assert (tmp_path / ".keep").exists()
    # Who writes in this process or elsewhere may still be at it.
    left = {path.name[1:33] for path in tmp_path.glob(".*.*")}
    assert ended not in left and len(left) == 2


def test_arrays_under_any_names(tmp_path):
    names = ["file", "allow_pickle", "self", "depth"]
    arrays = {name: np.full((2, 3), i) for i, name in enumerate(names)}
    zip_files.write_arrays(tmp_path / "maps.npz", arrays)
    found = np.load(tmp_path / "maps.npz")
    assert found.files == names
    for name in names:
        np.testing.assert_array_equal(found[name], arrays[name])
    with pytest.raises(ValueError, match="Object arrays"):
        zip_files.write_arrays(tmp_path / "b.npz", {"a": np.array([print])})


def test_a_home_that_nobody_knows():
    assert files.user_path("~/a") == pathlib.Path.home() / "a"
    assert files.user_path("~no_such_user/a") == pathlib.Path("~no_such_user/a")


def test_the_cache_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("MTL_ZOO_HOME", str(tmp_path))
    assert cache_folder("a", "b") == tmp_path / "a" / "b"
    monkeypatch.delenv("MTL_ZOO_HOME")
    assert cache_folder() == pathlib.Path.home() / ".cache" / "mtl_zoo"
