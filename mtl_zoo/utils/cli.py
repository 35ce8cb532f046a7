"""What every command of the project shares: absl flags, and errors in a line.

A command ends with exit code 0, 1 (bad input, found while running) or 2 (a bad
flag), and an error is one line on standard error, never a traceback.

`--import=my_package.my_module` imports a module ahead of everything else, so
that what it registers (see `mtl_zoo.register`) can be named in other flags.
"""

import importlib
import math
import re
import sys

from absl import app
from absl import flags

from mtl_zoo.utils.text import cut
from mtl_zoo.utils.text import one_line
from mtl_zoo.utils.text import printable
from mtl_zoo.utils.text import unknown

# How an error that a data set raised stands in one of TensorFlow's.
_RAISED = re.compile(r"^(?:ValueError|OSError|FileNotFoundError): (.+)$", re.M)


# Characters of an error.
_LONGEST = 290

# Flags that take an empty list though it is not their default.
_MAY_BE_NONE = set()


class _ImportParser(flags.ArgumentParser):
    """Imports the module that a flag names, as soon as the flag is read."""

    def parse(self, argument):
        try:
            importlib.import_module(argument)
        except SystemExit as error:
            # Otherwise the command would end well, and have done nothing.
            raise ValueError(
                f"{argument} can't be imported: it ends the process."
            ) from error
        except Exception as error:
            # Whatever a module of the user's runs into.
            raise ValueError(
                f"{argument} can't be imported: {one_line(error)}"
            ) from error
        return argument


flags.DEFINE_multi(
    _ImportParser(),
    flags.ArgumentSerializer(),
    "import",
    [],
    "Module that registers own parts, see mtl_zoo.register. May be given more "
    "than once.",
)


class _NameFlag(flags.Flag):
    """A string flag whose help lists the names that there are by now."""

    def __init__(self, names, **kwargs):
        self._names = names
        super().__init__(
            flags.ArgumentParser(), flags.ArgumentSerializer(), **kwargs
        )

    @property
    def help(self):
        return f"<{'|'.join(self._names())}>: {self._text}"

    @help.setter
    def help(self, text):
        self._text = text


def define_name(name, default, names, text):
    """A flag that names a part, also one that `--import` brings.

    Args:
        name: String, the flag's.
        default: String or `None`.
        names: Callable that gives the names that there are.
        text: String, for `--help`.
    """
    # It belongs to the script that asks for it, as all its other flags do.
    caller = sys._getframe(1).f_globals["__name__"]
    flags.DEFINE_flag(
        _NameFlag(names, name=name, default=default, help_string=text),
        module_name=sys.argv[0] if caller == "__main__" else caller,
    )

    def check(value):
        if value is not None and value not in names():
            raise flags.ValidationError(
                str(unknown(f"--{name}:", value, names()))
            )
        return True

    # After all flags are read, wherever --import stands among them.
    flags.register_validator(name, check)


def check_numbers(name, kind, lower, upper, example, counts=None, also=()):
    """Have a list flag take numbers only, of a kind and in a range.

    Args:
        name: String, the flag's, which is defined.
        kind: `int` or `float`.
        lower: The least that a number may be.
        upper: The greatest.
        example: String, such as `"96,128"`.
        counts: How many numbers there may be, a tuple or a range from 1; or
            `None` for any. Defaults to `None`.
        also: Strings that may stand in the place of all numbers. Defaults to
            none.
    """

    def check(values):
        if values is None or list(values) in [[x] for x in also]:
            return True
        try:
            numbers = [kind(value) for value in values]
        except ValueError:
            numbers = [math.nan]
        if not all(lower <= number <= upper for number in numbers) or (
            counts is not None and len(numbers) not in counts
        ):
            what = "whole numbers" if kind is int else "numbers"
            many = "" if counts is None else f"{' or '.join(map(str, counts))} "
            if isinstance(counts, range):
                many = f"up to {counts[-1]} "
            words = "".join(f", or {x}" for x in also)
            raise flags.ValidationError(
                f"--{name}={cut(','.join(values), 60)}: give {many}{what} from "
                f"{lower:g} to {upper:g}, such as {example}{words}."
            )
        return True

    flags.register_validator(name, check)


def allow_none(name):
    """Let `--name=` stand for an empty list, such as in place of a recipe's.

    Args:
        name: String, of a flag that is a list.
    """
    _MAY_BE_NONE.add(name)


def parse(arguments):
    """Parse the flags of a command, and check what each is given.

    Args:
        arguments: List of strings, the command's name first.

    Returns:
        The arguments that are no flags.

    Raises:
        absl.flags.Error: If there is no such flag, or a value is not allowed.
    """
    rest = flags.FLAGS(arguments)
    for name in flags.FLAGS:
        flag = flags.FLAGS[name]
        value = flag.value
        if not flag.present or value is None:
            continue
        if isinstance(value, float) and not math.isfinite(value):
            raise flags.IllegalFlagValueError(
                f"--{name}={value}: give a number that is finite."
            )
        entries = value if isinstance(value, list) else [value]
        blank = any(isinstance(x, str) and not x.strip() for x in entries)
        # Nothing at all is a list where it is so by default, or is asked for.
        none = not entries and flag.default != [] and name not in _MAY_BE_NONE
        if blank or none:
            raise flags.IllegalFlagValueError(
                f"--{name}={cut(','.join(map(str, entries)), 60)}: a value is "
                "missing."
            )
    return rest


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
        message = None
        try:
            main(flags.FLAGS)
        except (ValueError, OSError, ImportError) as error:
            message = str(error) or type(error).__name__
        except Exception as error:
            raised = _RAISED.findall(str(error))
            if not (raised and type(error).__module__.startswith("tensorflow")):
                raise
            message = raised[-1]
        # Not before the error is gone, and with it what it held: an open
        # pipeline must not live on until Python has ended.
        if message is not None:
            fail(message, 1)

    _show_all_flags()
    interrupted = False
    try:
        app.run(guarded, flags_parser=_parse)
    except KeyboardInterrupt:
        interrupted = True
    if interrupted:
        fail("interrupted", 130)


def _show_all_flags():
    """Have `--help` list the flags that a command shares with others, too."""
    for module, defined in flags.FLAGS.flags_by_module_dict().items():
        if module.partition(".")[0] in ("mtl_zoo", "tools", "training"):
            for flag in defined:
                flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)


def say(text):
    """Print a line that names files or holds texts of others, at once.

    Args:
        text: String.
    """
    print(printable(text), flush=True)


def show(text):
    """Print lines, such as a table, that hold texts of others, at once.

    Args:
        text: String; each of its lines is one that `say` prints.
    """
    for line in text.split("\n"):
        say(line)


def fail(message, code=1):
    """Print one line on standard error and end the process.

    Args:
        message: String or exception. What is wrong and what is allowed.
        code: Integer. The exit code. Defaults to `1`.
    """
    print(f"error: {cut(one_line(message), _LONGEST)}", file=sys.stderr)
    sys.exit(code)


def _parse(arguments):
    try:
        return parse(arguments)
    except flags.Error as error:
        fail(error, 2)
