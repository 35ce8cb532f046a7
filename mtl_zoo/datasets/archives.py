"""Archives of data sets: extracted whole, or not at all.

A file of a few kilobytes can unpack to terabytes, and lead anywhere. What an
archive holds is looked through first; nothing of it is kept in memory.
"""

import gzip
import shutil
import stat
import tarfile

from mtl_zoo.utils import atomic_path
from mtl_zoo.utils.text import cut
from mtl_zoo.utils.text import one_line
from mtl_zoo.utils.zip_files import open_zip

SUFFIXES = (".tgz", ".tar.gz", ".tar", ".zip")
# Labels of few classes shrink a hundredfold; but not whole data sets.
_MOST_EXPANSION = 200
_ALWAYS_ALLOWED = 100 * 2**20
_MOST_MEMBERS = 10**6
# Of names and notes ahead of a file in a tar, in bytes; and of notes that hold
# for all files, each of which gets a copy.
_MOST_NOTES = 2**20
_MOST_GLOBAL_NOTES = 100
# Far above any data set, far below where Python can't remove folders.
_DEEPEST = 32


def extract(archives, folder, check=None):
    """Extracts archives into one folder, in the place of what was there.

    The folder appears when all is extracted and found right.

    Args:
        archives: List of paths of zip or tar files.
        folder: Path to make.
        check: Callable that gets the folder meanwhile and raises `ValueError`
            if it does not hold what it is to hold. Defaults to `None`.

    Raises:
        ValueError: If an archive can't be read, is encrypted, holds a link, a
            device or a file that would come to lie outside of the folder, or
            much more than its size lets expect or the disk has room for.
    """
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        for archive in archives:
            extract_one = (
                _extract_zip if archive.suffix == ".zip" else _extract_tar
            )
            try:
                extract_one(archive, temporary)
            except Exception as error:  # It depends on the bytes.
                reason = cut(one_line(error), 120)
                raise ValueError(
                    f"{archive}: can't be extracted ({reason})."
                ) from error
        if check is not None:
            check(temporary)


def _extract_zip(archive, folder):
    with open_zip(archive, _MOST_MEMBERS) as file:
        members = file.infolist()
        for member in members:
            if stat.S_ISLNK(member.external_attr >> 16):
                raise OSError(f"{member.filename} is a link")
        _check(archive, ((x.filename, x.file_size) for x in members), folder)
        file.extractall(folder)


def _extract_tar(archive, folder):
    members = _tar_members(archive)
    _check(archive, ((x.name, size) for _, x, size in members), folder)
    for file, member, _ in _tar_members(archive):
        file.extract(member, folder, filter="data")


def _tar_members(archive):
    """The files of a tar file, one by one.

    Args:
        archive: `pathlib.Path`.

    Yields:
        The `tarfile.TarFile`, a `tarfile.TarInfo` and how many bytes it takes,
        unpacked, with all that stands ahead of it.

    Raises:
        OSError: If it is no file or folder, or too much stands ahead of it.
    """
    with archive.open("rb") as packed:
        is_packed = packed.peek(2)[:2] == b"\x1f\x8b"
        content = _Bounded(
            gzip.GzipFile(fileobj=packed) if is_packed else packed
        )
        with tarfile.open(fileobj=content, mode="r:") as file:
            start = 0
            while (member := file.next()) is not None:
                # It would keep all of them, with their names and notes.
                file.members.clear()
                if len(file.pax_headers) > _MOST_GLOBAL_NOTES:
                    raise OSError("it has too many notes")
                if not (member.isreg() or member.isdir()):
                    raise OSError(f"{member.name} is a link or a device")
                if member.size < 0:
                    raise OSError(f"a file has {member.size:,} bytes")
                content.left = member.size
                yield file, member, max(member.size, file.offset - start)
                content.left = _MOST_NOTES
                start = file.offset


class _Bounded:
    """A file of which no more than `left` bytes are read."""

    def __init__(self, file):
        self._file = file
        self.left = _MOST_NOTES

    def read(self, size):
        self.left -= size
        if self.left < 0:
            raise OSError(
                f"it has over {_MOST_NOTES:,} bytes of names or notes"
            )
        return self._file.read(size)

    def __getattr__(self, name):
        return getattr(self._file, name)


def _check(archive, members, folder):
    """Raise `OSError` for more, or deeper, than an archive may rightly hold.

    Args:
        archive: `pathlib.Path`.
        members: Iterable of pairs, name and size unpacked.
        folder: `pathlib.Path` to unpack it in.
    """
    allowed = _ALWAYS_ALLOWED + _MOST_EXPANSION * archive.stat().st_size
    allowed = min(allowed, shutil.disk_usage(folder).free)
    total = 0
    for count, (name, size) in enumerate(members, start=1):
        if name.count("/") > _DEEPEST:
            raise OSError(f"a file lies more than {_DEEPEST} folders deep")
        total += size
        if total > allowed or count > _MOST_MEMBERS:
            raise OSError(
                f"its {count:,} files and more of {total / 1e9:.1f} GB and "
                "more are too many for its size or this disk"
            )
