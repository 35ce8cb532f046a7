"""A hostile input, and what became of it."""

import dataclasses
import re
import sys
from collections.abc import Callable

# What a command of ours prints as one line; anything else is a traceback.
ALLOWED = (ValueError, OSError, ImportError)
MAX_LINE = 300

RIGHT = "right result"
LINE = "one line"
UNCLEAR = "unclear line"
UNCAUGHT = "uncaught"
HUNG = "hung or unbounded"
EXECUTED = "executed"
LEFT = "left behind"
ACCEPTED = "accepted wrongly"
OUTCOMES = (*(RIGHT, LINE, UNCLEAR, UNCAUGHT, HUNG, EXECUTED, LEFT, ACCEPTED),)


@dataclasses.dataclass(frozen=True)
class Case:
    """One input of one kind.

    Attributes:
        name: String.
        make: Callable `(folder)`: makes the input in an empty folder, and gives
            a callable that hands it to the library.
        says: Regular expression that an error's line must have: the file, and
            where it is known beforehand, the cause.
        good: Whether the input is a good one, or one that does no harm: `True`
            must give a result, `False` must be refused, `None` may do either.
        leaves: Regular expression of paths in the folder that a result may
            leave there.
    """

    name: str
    make: Callable
    says: str = ""
    good: bool | None = False
    leaves: str = r"(?!)"


def classify(case, error, executed, left):
    """The outcome of a case that ended.

    Args:
        case: `Case`.
        error: Exception or `None`.
        executed: List of strings, what ran that must not.
        left: List of strings, paths that were not there before.

    Returns:
        A pair of strings: one of `OUTCOMES`, and what there is to say.
    """
    line = "" if error is None else " ".join(str(error).split())
    if executed:
        return EXECUTED, ", ".join(executed)
    if error is not None and not isinstance(error, ALLOWED):
        return UNCAUGHT, f"{type(error).__name__}: {line}"
    left = [path for path in left if error or not re.search(case.leaves, path)]
    if left:
        return LEFT, ", ".join(left)
    if error is None:
        return (ACCEPTED, "") if case.good is False else (RIGHT, "")
    if (
        not 0 < len(line) < MAX_LINE
        or not line.isprintable()
        or not re.search(case.says, line)
        or case.good is True
    ):
        return UNCLEAR, line
    return LINE, line


def canary(what):
    """What nothing that a stranger hands over may ever call.

    Args:
        what: String, by which way it was reached.
    """
    sys.audit("drills.canary", what)
