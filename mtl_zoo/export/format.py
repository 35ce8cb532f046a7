"""What a format of files is to the flow of an export."""

import contextlib

from mtl_zoo.utils.text import cut
from mtl_zoo.utils.text import one_line


class Refused(Exception):
    """A runtime does not run a file; the message is one line."""


class Format:
    """A file in one format, held in memory. A format is a subclass.

    Args:
        content: Bytes of the file.
        layout: String, `"nhwc"` or `"nchw"`, the layout of its tensors.
            Defaults to `"nhwc"`.
        details: Dict of JSON values that only this format's reports have.
            Defaults to `None`.

    Attributes:
        suffix: String, how such files end.
        runtime: String, what runs them.
        packages: Tuple of modules that are needed, of the extra `export`.
        precisions: Tuple of strings.
    """

    suffix = None
    runtime = None
    packages = ()
    precisions = ()

    def __init__(self, content, layout="nhwc", details=None):
        self.content = content
        self.layout = layout
        self.details = details or {}

    @classmethod
    def check(cls, request):
        """Raise a `ValueError` where the format can't give what is asked."""

    @classmethod
    def graph_dtype(cls, request):
        """String, the dtype of the image in the graph that is converted."""
        return request.input_dtype

    @classmethod
    def convert(cls, request, graph):
        """Files that are what is asked for; nothing is compared.

        Args:
            request: `mtl_zoo.export.request.Request`.
            graph: `tf.function`, see `mtl_zoo.export.graph.freeze`.

        Yields:
            Files of this format. The first is the fastest; where it is too far
            from the model, the next is closer.

        Raises:
            ValueError: If the model can't be converted.
        """
        raise NotImplementedError

    def run(self, image):
        """Run the file.

        Args:
            image: Array `(batch, height, width, 3)`, RGB.

        Returns:
            A dict task name → array `(batch, height, width[, channels])`, in
            the file's order. Quantised numbers are float32 again.

        Raises:
            Refused: If the runtime does not take the file.
        """
        raise NotImplementedError

    def tensors(self):
        """What the file says of its tensors.

        Returns:
            A dict `"image"` and task names → dict of `"tensor_name"`,
            `"shape"`, `"dtype"`, `"scale"`, `"zero_point"` and what else the
            format has.
        """
        raise NotImplementedError

    def operators(self):
        """Dict operator name → how often it occurs, most frequent first."""
        raise NotImplementedError

    def with_metadata(self, description):
        """The same file with a description of itself, a dict of JSON values."""
        raise NotImplementedError


@contextlib.contextmanager
def conversion_errors(request):
    """Turns whatever a converter raises into one line.

    What converters raise is not limited to some types, and their messages are
    pages long.

    Args:
        request: `mtl_zoo.export.request.Request`.

    Raises:
        ValueError: If what is done in the context fails.
    """
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"{request.model.name} can't be converted to {request.precision} "
            f"{request.format.__name__}: {cut(one_line(error), 300)}"
        ) from error
