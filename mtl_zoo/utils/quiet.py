"""Silence for libraries that chatter from C++ on standard error."""

import contextlib
import os
import sys
import warnings


@contextlib.contextmanager
def quiet():
    """Let nothing come to standard error; exceptions pass as ever.

    The whole process is silent meanwhile, its other threads too. With
    `TF_CPP_MIN_LOG_LEVEL=0` in the environment everything is shown.

    Example:

    ```python
    with quiet():
        converter.convert()
    ```
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    # Python's own `redirect_stderr` does not reach what C++ writes.
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
