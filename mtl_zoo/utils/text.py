"""Texts of others, such as their errors, made fit for one line; tables."""

import difflib


def one_line(error):
    """What an error says, without line breaks or what a terminal would obey.

    Args:
        error: Exception or string.

    Returns:
        A string; the name of its class if it says nothing.

    Example:

    ```python
    one_line(ValueError("no\\n  such thing"))  # "no such thing"
    ```
    """
    return printable(" ".join(str(error).split()) or type(error).__name__)


def printable(text):
    """A text without what a terminal would obey or can't show.

    Names of files may hold any of it.

    Args:
        text: String.

    Returns:
        A string of as many characters, with ? for these and line breaks.

    Example:

    ```python
    printable("red\\x1b[31m.jpg")  # "red?[31m.jpg"
    ```
    """
    return "".join(x if x.isprintable() else "?" for x in text)


def cut(text, length):
    """A text, as far as there is room for it.

    Args:
        text: String.
        length: Integer. More characters are cut, which a … says.

    Returns:
        A string of at most `length` characters.

    Example:

    ```python
    cut("too long", 4)  # "too…"
    ```
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def unknown(kind, name, allowed, also=""):
    """The error for a name that is none.

    Args:
        kind: String, as for `Catalogue`, or an argument's name.
        name: What was given.
        allowed: Iterable of strings, or of what is shown as one.
        also: String, what else is allowed than these names. Defaults to
            nothing.

    Returns:
        A `ValueError`.

    Example:

    ```python
    raise unknown("Fruit", "appel", ["apple"])  # … Did you mean 'apple'?
    ```
    """
    allowed = [str(each) for each in allowed]
    close = difflib.get_close_matches(str(name), allowed, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    name = cut(str(name), 40)
    listed = ", ".join(allowed)
    room = 180 - len(also)  # A line has room for some.
    if len(listed) > room:
        listed = listed[: room - 30].rpartition(",")[0]
        listed += f", … ({len(allowed)} in all)"
    listed = ", ".join(filter(None, (listed, also)))
    return ValueError(
        f"{kind} {name!r} is not known; allowed are {listed}.{hint}"
    )


def table(header, rows, words=None):
    """A table in Markdown.

    Args:
        header: List of strings, the titles of the columns.
        rows: Iterable of lists, what the cells hold; short ones are filled up.
        words: Integer, how many columns from the left hold words; numbers, in
            the others, stand at the right. Defaults to all.

    Returns:
        A string, a line per row.

    Example:

    ```python
    table(["preset", "MB"], [["a", 13]], words=1)
    ```
    """
    count = len(header)
    words = count if words is None else words
    rule = ["---"] * words + ["---:"] * (count - words)
    rows = [[*row, *[""] * (count - len(row))] for row in rows]
    return "".join(
        f"| {' | '.join(map(str, row))} |\n" for row in (header, rule, *rows)
    )
