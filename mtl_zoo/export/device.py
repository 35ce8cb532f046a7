"""Latency and memory of a file, in a process that holds nothing else.

Run as a script, it imports NumPy and the runtime alone, as an app on a device
would: neither Keras nor TensorFlow.

```
python mtl_zoo/export/device.py model.tflite 1 2
```
"""

import json
import os
import subprocess
import sys
import time

# Runs that count, after one that warms up.
_RUNS = 5


def measure_on_device(path, threads=None):
    """Latency by number of threads and peak memory of a file.

    Args:
        path: `pathlib.Path`, `*.tflite` or `*.onnx`. A file of any size is
            run on one image of 96×128.
        threads: Sequence of integers. Defaults to `None`: 1, 2 and 4, as far
            as the machine has cores.

    Returns:
        A dict with `"latency"`, number of threads (a string, as in JSON) →
        seconds per image, the median of 5 runs, and `"peak_memory"`, bytes
        that loading and running the file on one thread adds to the process.

    Raises:
        ValueError: If the file can't be run.

    Example:

    ```python
    measure_on_device(pathlib.Path("model.tflite"))["latency"]["1"]
    ```
    """
    if threads is None:
        threads = [n for n in (1, 2, 4) if n <= (os.cpu_count() or 1)]
    result = subprocess.run(
        # `-P`: the modules beside this one have names of packages.
        [sys.executable, "-P", __file__, str(path), *map(str, threads)],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        reason = result.stderr.strip().splitlines()[-1:]
        raise ValueError(f"The file can't be run: {' '.join(reason)}")
    return json.loads(result.stdout.splitlines()[-1])


def main(path, *threads):
    """Measure a file and print the result as JSON."""
    latency, peak = {}, None
    # What the runtime itself takes is not the file's.
    if path.endswith(".onnx"):
        import onnxruntime  # noqa: F401
    else:
        import ai_edge_litert.interpreter  # noqa: F401
    before = _peak_memory()
    for count in threads:
        run = load(path, int(count))
        run()
        peak = _peak_memory() if peak is None else peak
        seconds = []
        for _ in range(_RUNS):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
        latency[count] = sorted(seconds)[_RUNS // 2]
    print(json.dumps({"latency": latency, "peak_memory": peak - before}))


def load(path, threads):
    """A function that runs a file once on noise.

    Args:
        path: String, `*.tflite` or `*.onnx`.
        threads: Integer.

    Returns:
        A callable without arguments.
    """
    import numpy as np

    def noise(shape, dtype):
        # What is free has a name, in this order whatever the layout.
        free = iter((1, 96, 128))
        shape = [n if isinstance(n, int) else next(free) for n in shape]
        values = np.random.default_rng(0).integers(0, 256, shape)
        return values.astype(dtype)

    if path.endswith(".onnx"):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        (entry,) = session.get_inputs()
        dtype = "uint8" if "uint8" in entry.type else "float32"
        image = noise(entry.shape, dtype)
        return lambda: session.run(None, {entry.name: image})

    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=threads)
    interpreter.allocate_tensors()
    (entry,) = interpreter.get_input_details()
    image = noise([int(n) for n in entry["shape"]], entry["dtype"])
    interpreter.set_tensor(entry["index"], image)
    return interpreter.invoke


def _peak_memory():
    """Bytes of memory that this process had at most."""
    try:
        # What `getrusage` says starts with what the parent process had.
        with open("/proc/self/status", encoding="ascii") as status:
            (line,) = (line for line in status if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    except FileNotFoundError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
