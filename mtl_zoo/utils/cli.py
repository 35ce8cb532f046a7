"""What every command of the project shares: absl flags, and errors in a line.

A command ends with exit code 0, 1 (bad input, found while running) or 2 (a bad
flag), and an error is one line on standard error, never a traceback.
"""

import re
import sys

from absl import app
from absl import flags

# How an error that a data set raised stands in one of TensorFlow's.
_RAISED = re.compile(r"^(?:ValueError|OSError|FileNotFoundError): (.+)$", re.M)


def run(main):
    """Parse the flags, run `main(flags.FLAGS)` and end the process.

    `ValueError`, `OSError` and `ImportError` are what bad input raises all
    through the library: they end the command with their message, also where
    TensorFlow has put them into an error of its own, as its pipelines do.
    Anything else is a defect of ours and keeps its traceback.

    Args:
        main: Callable that takes the parsed `absl.flags.FLAGS`.

    Example:

    ```python
    if __name__ == "__main__":
        cli.run(main)
    ```
    """

    def guarded(arguments):
        if len(arguments) > 1:
            fail(f"unexpected argument {arguments[1]!r}; see --help", 2)
        try:
            main(flags.FLAGS)
        except (ValueError, OSError, ImportError) as error:
            fail(" ".join(str(error).split()), 1)
        except Exception as error:
            raised = _RAISED.findall(str(error))
            if not (raised and type(error).__module__.startswith("tensorflow")):
                raise
            fail(raised[-1], 1)

    try:
        app.run(guarded, flags_parser=_parse)
    except KeyboardInterrupt:
        fail("interrupted", 130)


def fail(message, code=1):
    """Print one line on standard error and end the process.

    Args:
        message: String. What is wrong and what is allowed.
        code: Integer. The exit code. Defaults to `1`.
    """
    print(f"error: {message}", file=sys.stderr)
    sys.exit(code)


def _parse(arguments):
    try:
        return flags.FLAGS(arguments)
    except flags.Error as error:
        fail(" ".join(str(error).split()), 2)
