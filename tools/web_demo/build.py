"""The static folder: the page, its networks, its photos."""

import itertools
import json
import pathlib
import shutil
import time

import mtl_zoo
from mtl_zoo import presets
from mtl_zoo.presets.folder import METADATA
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import digest
from mtl_zoo.utils.files import read_json
from tools.preset_names import by_name
from tools.web_demo import packages
from tools.web_demo import server

PAGE = pathlib.Path(__file__).parent / "page"
PHOTOS = pathlib.Path(__file__).parents[2] / "examples" / "photos"

# Of presets that don't say at what size they were trained.
_WORKING_SIZE = (96, 128)

# What the page has to know of an output.
_OUTPUT = ("name", "decoding", "unit", "class_names", "colors")


# How many times as large as trained the network may see a photo, per side.
_SCALES = (1, 1.5)

# On how many rooms a file is compared with its model. Few: a preset has one
# file per size and precision, and the weights are the same in all of them.
_ROOMS = 3


def build(folder, handles=None, precisions=("dynamic",)):
    """Write or complete the folder; files that fit are kept.

    Args:
        folder: String or path.
        handles: List of presets' names, folders or addresses. Defaults to
            `None`, all of the registry.
        precisions: Sequence of strings, see `mtl_zoo.export.export_tflite`.
            Defaults to `("dynamic",)`.

    Raises:
        ValueError: If there is no such preset, or it can't be converted.
    """
    folder = pathlib.Path(folder)
    found = {
        name: (handle, presets.find(handle))
        for name, handle in by_name(handles).items()
    }
    packages.lay_out(folder / "vendor")
    _write_page(folder)
    with atomic_path(folder / "LICENSES.txt") as temporary:
        temporary.write_text(packages.licenses() + "\n", encoding="utf-8")
    index = {
        "presets": [
            _preset(folder, name, handle, preset, precisions)
            for name, (handle, preset) in found.items()
        ],
        "photos": _photos(folder / "photos"),
        "versions": {
            **{name: packages.VERSIONS[name] for name in packages.PAGE},
            "mtl_zoo": mtl_zoo.__version__,
        },
    }
    # Last: what it names is there.
    with atomic_path(folder / "models.json") as temporary:
        temporary.write_text(json.dumps(index, ensure_ascii=False) + "\n")


def _write_page(folder):
    """The page itself, and the headers that its service worker gives."""
    for file in PAGE.iterdir():
        shutil.copyfile(file, folder / file.name)
    (folder / "headers.js").write_text(
        "// What a host of this folder should send with every file.\n"
        f"const HEADERS = {json.dumps(server.HEADERS, indent=2)};\n"
    )


def _preset(folder, name, handle, preset, precisions):
    """A preset's entry in the index; its files are made where they aren't."""
    if preset.is_encoder:
        raise ValueError(
            f"Preset {name!r} holds an encoder alone: a page shows what "
            "networks predict."
        )
    about = preset.metadata
    working_size = tuple(about.get("working_size") or _WORKING_SIZE)
    files = []
    model = None
    for precision, size in itertools.product(precisions, _sizes(working_size)):
        stem = f"{precision}_{size[0]}x{size[1]}"
        path = folder / "models" / name / f"{stem}.tflite"
        report = _written(path, preset)
        if report is None:
            if model is None:
                model = mtl_zoo.models.MultiTaskModel.from_preset(handle)
            report = _export(model, path, size, precision, handle)
        files.append(
            {
                "precision": precision,
                "image_size": size,
                "model": path.relative_to(folder).as_posix(),
                "size": report["size"],
                "outputs": [
                    {key: output[key] for key in _OUTPUT}
                    for output in report["outputs"]
                ],
            }
        )
    return {
        "name": name,
        "title": f"{about['model']} on {about['encoder']}",
        "description": about.get("description", ""),
        "license": about.get("license"),
        "tasks": [task["name"] for task in about["tasks"]],
        "working_size": working_size,
        "field_of_view": about.get("camera", {}).get("field_of_view"),
        "files": files,
    }


def _sizes(working_size):
    """What a network's files take: lying and upright, as trained and larger."""
    height, width = working_size
    sizes = []
    for scale in _SCALES:
        size = (round(height * scale), round(width * scale))
        sizes += [size, size[::-1]]
    return list(dict.fromkeys(sizes))


def _written(path, preset):
    """The report of a file that was made of this very preset, or `None`."""
    described = path.with_suffix(".json")
    if not (path.is_file() and described.is_file()):
        return None
    expected = digest(preset.path / METADATA)["sha256"]
    try:
        report = read_json(described)
        fits = (
            report["preset"]["metadata_sha256"] == expected
            and report["size"] == path.stat().st_size
            and report["versions"]["mtl_zoo"] == mtl_zoo.__version__
        )
    except (ValueError, LookupError, TypeError):
        return None
    return report if fits else None


def _export(model, path, size, precision, handle):
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in (path, path.with_suffix(".json")):
        old.unlink(missing_ok=True)
    start = time.perf_counter()
    report = mtl_zoo.export.export_tflite(
        model, path, size, precision=precision, num_images=_ROOMS, preset=handle
    )
    cli.say(
        f"{handle}, {size[1]}×{size[0]}, {precision}: "
        f"{report['size'] / 1e6:.1f} MB, checked against the model, "
        f"{time.perf_counter() - start:.0f} s"
    )
    return report


def _photos(folder):
    """The sample photos' entries in the index."""
    folder.mkdir(exist_ok=True)
    entries = []
    for source in sorted(PHOTOS.glob("*.jpg")):
        shutil.copyfile(source, folder / source.name)
        name = source.stem.replace("_", " ")
        entries.append({"file": f"photos/{source.name}", "name": name})
    return entries
