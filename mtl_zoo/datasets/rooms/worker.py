"""Renders every n-th example and writes them to standard output.

`builder` runs this file as a program, one process per core. It is run by its
path, and stands in for the packages above `rooms`, because importing those
loads TensorFlow: seconds and half a gigabyte per core that NumPy has no use
for. Unlike `multiprocessing`, this also runs no part of the caller's script a
second time.
"""

import pathlib
import pickle
import sys
import types


def main(split, seed, height, width, start, stop, step):
    datasets = pathlib.Path(__file__).parents[1]
    for name, folder in (
        ("mtl_zoo", datasets.parent),
        ("mtl_zoo.datasets", datasets),
    ):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    from mtl_zoo.datasets import rooms

    output = sys.stdout.buffer
    for index in range(start, stop, step):
        sample = rooms.render_room(index, split, seed, (height, width))
        pickle.dump(sample, output, pickle.HIGHEST_PROTOCOL)
        output.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1], *map(int, sys.argv[2:]))
    except (BrokenPipeError, KeyboardInterrupt):
        # The reader has gone: there is nobody left to tell.
        sys.stderr.close()
