"""Presets from Hugging Face, Kaggle and Google Cloud Storage.

Each through its own library, imported where it is used. These libraries decide
on sizes, time limits, retries, redirects, and what a failed download leaves
in their caches; what has arrived is checked as ever. `SECURITY.md` says it
in a table.
"""

import pathlib
import re

from mtl_zoo.presets.folder import CARD
from mtl_zoo.presets.folder import METADATA
from mtl_zoo.presets.folder import read_metadata
from mtl_zoo.presets.http import harmless
from mtl_zoo.presets.http import shown
from mtl_zoo.utils.extras import import_extra

_HUGGING_FACE = re.compile(r"hf://(\w[\w.-]*/\w[\w.-]*?)(?:@(\w[\w./-]*))?/?")


def parse_hugging_face(handle):
    """Repository and revision of an `hf://` handle.

    Args:
        handle: String, `"hf://org/name"` or `"hf://org/name@revision"`.

    Returns:
        A pair: the repository's name; the revision, or `None`.

    Raises:
        ValueError: If the handle is another.

    Example:

    ```python
    parse_hugging_face("hf://org/name@v1")  # ("org/name", "v1")
    ```
    """
    match = _HUGGING_FACE.fullmatch(handle)
    if not match:
        raise ValueError(
            f"Preset {shown(handle)!r} is not understood; allowed are "
            "'hf://org/name' and 'hf://org/name@revision'."
        )
    return match.groups()


def import_hugging_face():
    """The module `huggingface_hub`, or an error that says how to get it.

    Returns:
        The module.

    Raises:
        ImportError: If it is not installed.

    Example:

    ```python
    import_hugging_face().HfApi()
    ```
    """
    return import_extra("huggingface_hub", "hub", "hf:// presets")


def from_hugging_face(handle):
    """Download a preset from the Hugging Face Hub, or take it from its cache.

    Args:
        handle: String, `"hf://org/name[@revision]"`.

    Returns:
        A `pathlib.Path`, not yet checked.

    Raises:
        ImportError: If `huggingface_hub` is not installed.
        OSError: If the download fails.

    Example:

    ```python
    from_hugging_face("hf://org/name@v1")
    ```
    """
    repository, revision = parse_hugging_face(handle)
    hub = import_hugging_face()

    def download(revision, patterns):
        try:
            folder = hub.snapshot_download(
                repository,
                revision=revision,
                allow_patterns=patterns,
                library_name="mtl_zoo",
            )
        except Exception as error:
            raise _failed(handle, error) from error
        return pathlib.Path(folder)

    # The list of files first: no others are fetched, and from one commit,
    # which is what the library calls the folder.
    folder = download(revision, [METADATA])
    files = read_metadata(folder / METADATA)["files"]
    return download(folder.name, [METADATA, CARD, *files])


def from_kaggle(handle):
    """Download a preset from Kaggle Models, or take it from its cache.

    Args:
        handle: String, `"kaggle://owner/model/framework/variation[/version]"`.

    Returns:
        A `pathlib.Path`, not yet checked.

    Raises:
        ImportError: If `kagglehub` is not installed.
        OSError: If the download fails.

    Example:

    ```python
    from_kaggle("kaggle://owner/mti_net/keras/rooms")
    ```
    """
    if not re.fullmatch(r"kaggle://\w[\w.-]*(/\w[\w.-]*){3}(/\d+)?/?", handle):
        raise ValueError(
            f"Preset {shown(handle)!r} is not understood; allowed is "
            "'kaggle://owner/model/framework/variation[/version]'."
        )
    kagglehub = import_extra("kagglehub", "hub", "kaggle:// presets")
    try:
        folder = kagglehub.model_download(
            handle.removeprefix("kaggle://").rstrip("/")
        )
    except Exception as error:
        raise _failed(handle, error) from error
    return pathlib.Path(folder)


def copy_from_gs(url, target, expected=None):
    """Copy one file from Google Cloud Storage.

    Args:
        url: String, `"gs://bucket/path/file"`.
        target: `pathlib.Path` of the copy.
        expected: Not used; the caller checks the copy.

    Raises:
        ImportError: If TensorFlow is not installed.
        OSError: If the copy fails.

    Example:

    ```python
    copy_from_gs("gs://bucket/preset/task.json", pathlib.Path("task.json"))
    ```
    """
    del expected
    import_extra("tensorflow", "tensorflow", "gs:// presets")
    import tensorflow as tf

    try:
        tf.io.gfile.copy(url, str(target), overwrite=True)
    except Exception as error:
        raise _failed(url, error) from error


def _failed(handle, error):
    # These libraries' messages have many lines; the first says what it is.
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return OSError(f"Could not download {shown(handle)}: {harmless(first)}")
