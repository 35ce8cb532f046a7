"""Texts of others, such as their errors, made fit for one line."""


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
    text = " ".join(str(error).split()) or type(error).__name__
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
