"""Fill the disk while files are written, at random moments. As root, on Linux.

```
KERAS_BACKEND=torch python -m tests.drills.disk --count=20
```

What is written lies on a small `tmpfs` that has room for what was there, and
for a random part of what comes. The writer ends in one line and every file is
what it was, to the byte; or it ends well. Nothing else is left. A run of
training goes on once there is room, and ends as one that always had it.
"""

import os
import subprocess

from tests.drills import kills
from tests.drills import writers

_PAGE = 4096


def fill(writer, count, chance):
    """Let a writer run out of room so many times.

    Args:
        writer: `tests.drills.writers.Writer`, ready.
        count: Integer.
        chance: `random.Random`.

    Returns:
        How often there was no room, and three lists of strings: what was wrong,
        what was no line, and what was left behind.
    """
    full, wrong, unclear, left = 0, [], [], []
    pages = sum(
        1 + path.stat().st_size // _PAGE for path in writer.out.rglob("*")
    )
    for _ in range(count):
        room = _PAGE * (1 + 2 * pages)
        _mount(writer.out, room)
        try:
            writer.reset()
            free = _free(writer.out)
            # The rest of the disk is somebody's.
            other = chance.uniform(max(free - 1.2 * pages * _PAGE, 0), free)
            (writer.out / ".other").write_bytes(b"\0" * int(other))
            said, line = writers.in_child(writer.write, writer.root)
            (writer.out / ".other").unlink()
            full += said != "done"
            if said == "uncaught" or said == "one line" and len(line) >= 300:
                unclear.append(line)
            states = [writer.old, writer.whole]
            if writer.goes_on:
                _mount(writer.out, 2 * room, "remount,")
                said, line = writers.in_child(writer.write, writer.root)
                states = [writer.whole]
            wrong += kills.differences(writer, states)
            left += writer.hidden()
        finally:
            subprocess.run(["umount", writer.out], check=True)
    return full, wrong, unclear, left


def _mount(folder, size, how=""):
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"{how}size={size}", "tmpfs", folder],
        check=True,
    )


def _free(folder):
    about = os.statvfs(folder)
    return about.f_bavail * about.f_frsize


def main():
    columns = ["writer", "times", "no room", "wrong", "no line", "left behind"]
    return writers.drill(__doc__, columns, 20, fill)


if __name__ == "__main__":
    raise SystemExit(main())
