"""Run the drills: `python -m tests.drills [--kinds=…] [--verbose]`."""

import argparse
import collections

from tests.drills import commands
from tests.drills import pool
from tests.drills.case import LINE
from tests.drills.case import OUTCOMES
from tests.drills.case import RIGHT

KINDS = (
    *("configurations", "metadata", "weights", "checkpoints"),
    *("archives", "pictures", "labels", "downloads", "commands"),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--cases", default="*", help="pattern of their names")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()

    def report(name, outcome, text, seconds):
        if arguments.verbose or outcome not in (RIGHT, LINE):
            print(
                f"  {outcome}: {name} ({seconds:.1f} s) {ascii(text)}",
                flush=True,
            )

    table = []
    for kind in arguments.kinds.split(","):
        print(kind, flush=True)
        if kind == "commands":
            outcomes = commands.run_all(arguments.cases, report)
        else:
            outcomes = pool.run_all(kind, arguments.cases, report)
        counts = collections.Counter(
            outcome for outcome, _ in outcomes.values()
        )
        table.append([kind, len(outcomes), *(counts[x] for x in OUTCOMES)])
    columns = zip(*(row[1:] for row in table), strict=True)
    table.append(["together", *map(sum, columns)])
    print(f"\n| kind | tried | {' | '.join(OUTCOMES)} |")
    print("| --- " * (len(OUTCOMES) + 2) + "|")
    for row in table:
        print(f"| {' | '.join(map(str, row))} |")
    # All but the first two are faults.
    return any(table[-1][4:])


if __name__ == "__main__":
    raise SystemExit(main())
