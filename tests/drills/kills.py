"""Kill what writes files, at random moments.

```
KERAS_BACKEND=torch python -m tests.drills.kills --count=100
KERAS_BACKEND=tensorflow python -m tests.drills.kills --writers=export
```

After each SIGKILL every file for all to see is the old one or the new one,
whole; files that belong together are of one time. The next that writes there
undisturbed ends as if nothing had happened, and leaves nothing of the killed.
A run of training is killed again and again until it ends, each time with
`--resume`: its weights and metrics are those of a run that was never killed,
bit for bit.
"""

import shutil

from tests.drills import writers


def kill(writer, count, chance):
    """Kill a writer so many times.

    Args:
        writer: `tests.drills.writers.Writer`, ready.
        count: Integer.
        chance: `random.Random`.

    Returns:
        A pair of lists of strings: what was wrong, and what was left behind.
    """
    wrong, left = [], []
    kills = 0
    seconds = writer.seconds
    if writer.goes_on:
        _begin_anew(writer)
    while kills < count:
        if not writer.goes_on:
            writer.reset()
        end = chance.uniform(0, 1.02 * seconds)
        said = writers.in_child(writer.write, writer.root, end)
        if said[0] == "killed":
            kills += 1
        elif said[0] != "done":
            wrong.append(str(said))
        if writer.goes_on and said[0] != "killed":
            wrong += differences(writer, [writer.whole])
            left += writer.hidden()
            _begin_anew(writer)
        elif not writer.goes_on:
            wrong += differences(writer, [writer.old, writer.whole])
    said = writers.in_child(writer.write, writer.root)
    if said[0] != "done":
        wrong.append(str(said))
    wrong += differences(writer, [writer.whole])
    left += writer.hidden()
    return wrong, left


def _begin_anew(writer):
    shutil.rmtree(writer.out)
    writer.out.mkdir()


def differences(writer, states):
    """What is neither of some states."""
    found = writer.state()
    wrong = []
    for name in set().union(found, *states):
        now = found.get(name, {})
        then = [state.get(name, {}) for state in states]
        if now not in then:
            paths = {key for key in now if now[key] != then[-1].get(key)}
            wrong.append(f"{sorted(paths or then[-1])}")
    return wrong


def main():
    columns = ["killed", "times", "wrong", "left behind"]
    return writers.drill(__doc__, columns, 100, kill)


if __name__ == "__main__":
    raise SystemExit(main())
