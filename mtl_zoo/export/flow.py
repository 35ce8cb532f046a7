"""The flow of every export: request → graph → file → proof → report."""

from mtl_zoo.export import report as reports
from mtl_zoo.export.format import Refused
from mtl_zoo.export.graph import freeze
from mtl_zoo.export.proof import Proof
from mtl_zoo.utils.quiet import quiet


def export(request):
    """Convert a model, run the file, compare it with the model, and write it.

    Args:
        request: `mtl_zoo.export.request.Request`.

    Returns:
        A dict, the content of the `.json` beside the file.

    Raises:
        ValueError: If the model can't be converted, the file does not run, or
            does not agree with the model. Nothing is written then.

    Example:

    ```python
    export(Request(ONNX, model, "m.onnx"))
    ```
    """
    origin = reports.identify(request.preset)
    with quiet():
        file, description, proof = _best(request, origin)
    proof.check()
    report = reports.make_report(request, file, description, proof)
    reports.write(request, file, report)
    return report


def convert(request):
    """Files that are what is asked for; nothing is compared or written.

    Args:
        request: `mtl_zoo.export.request.Request`.

    Returns:
        An iterator, see `mtl_zoo.export.format.Format.convert`.

    Example:

    ```python
    file = next(convert(Request(ONNX, model, "m.onnx")))
    file.run(image)["depth"]
    ```
    """
    return request.format.convert(request, freeze(request))


def _best(request, origin):
    """The first file that holds, or the last that runs.

    Returns: triple of the file, its description and its proof.
    """
    best, refusal = None, None
    for file in convert(request):
        try:
            description = reports.describe(request, file, origin)
            if description["input"]["dtype"] != request.input_dtype:
                raise Refused(f"its image is not {request.input_dtype}")
            file = file.with_metadata(description)
            best = file, description, Proof(request, file.run)
        except Refused as error:
            refusal = error  # The next one may run.
            continue
        if best[-1].holds:
            break
    if best is None:
        raise ValueError(
            f"{request.path.name} does not run in {request.format.runtime}: "
            f"{refusal}"
        )
    return best
