"""What the documentation says runs, and what it shows is up to date."""

import functools
import pathlib
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from mtl_zoo import models
from tools import drawing

pytestmark = pytest.mark.one_backend

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.M | re.S)


def blocks(page, *languages):
    text = page.read_text(encoding="utf-8")
    return [
        code for language, code in _BLOCK.findall(text) if language in languages
    ]


def with_blocks(*languages):
    return [
        pytest.param(page, id=page.stem)
        for page in PAGES
        if blocks(page, *languages)
    ]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the files that the pages speak of."""
    photo = ROOT / "examples" / "photos" / "sofa.jpg"
    Image.open(photo).resize((160, 120)).save(tmp_path / "photo.jpg")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    data = tmp_path / "my_data"
    rng = np.random.default_rng(0)
    for split in ("train", "validation"):
        for kind in ("image", "semseg", "depth"):
            (data / split / kind).mkdir(parents=True)
        for i in range(2):
            shutil.copy(tmp_path / "photo.jpg", data / split / f"image/{i}.jpg")
            ids = rng.integers(0, 3, (120, 160)).astype("uint8")
            Image.fromarray(ids).save(data / split / f"semseg/{i}.png")
            depth = np.full((120, 160), 2000, "uint16")
            Image.fromarray(depth).save(data / split / f"depth/{i}.png")
    (data / "classes.txt").write_text("wall\nfloor\nsofa\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", with_blocks("python"))
def test_the_code_of_a_page_runs(page, place):
    namespace = {"__name__": "page"}
    for i, code in enumerate(blocks(page, "python")):
        compiled = compile(code, f"{page.name}, block {i}", "exec")
        exec(compiled, namespace)


@pytest.mark.parametrize("page", with_blocks("python"))
def test_the_code_of_a_page_names_what_there_is(page):
    for code in blocks(page, "python"):
        compile(code, page.name, "exec")
        for path in set(re.findall(r"\bmtl_zoo(?:\.\w+)+", code)):
            import mtl_zoo

            functools.reduce(getattr, path.split(".")[1:], mtl_zoo)


@pytest.mark.parametrize("page", with_blocks("sh", ""))
def test_the_commands_of_a_page_have_their_flags(page):
    for code in blocks(page, "sh", ""):
        code = re.sub(r"\\\n\s*", " ", code)
        for module, arguments in re.findall(
            r"python -m ((?:tools|training)\.\w+)([^\n#]*)", code
        ):
            flags = sources(module)
            for flag in re.findall(r"--(\w+)", arguments):
                assert f'"{flag}"' in flags or flag == "help", (module, flag)


@functools.cache
def sources(module):
    """The text of a command, and of the modules beside it that it imports."""
    path = ROOT / module.replace(".", "/")
    own = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    text = own.read_text(encoding="utf-8")
    imported = re.findall(
        r"^from (training|tools|mtl_zoo\.utils) import (\w+)", text, re.M
    )
    for package, name in imported:
        other = f"{package}.{name}"
        if (ROOT / other.replace(".", "/")).with_suffix(".py").is_file():
            text += sources(other)
    return text


@pytest.mark.parametrize("name", models.list_models())
def test_drawings_name_the_blocks_of_the_networks(name, tiny_model):
    model = tiny_model(name)
    sources = drawing.blocks(model)
    svg = drawing.draw(model)
    weighty = {layer.name for layer in model.layers if layer.count_params()}
    assert set(sources) == weighty
    assert all(f">{block}<" in svg for block in weighty)
    assert all(set(known) <= set(sources) for known in sources.values())
    # Every block but the first is reached.
    assert [block for block, known in sources.items() if not known] == [
        model.encoder.name
    ]


def test_links_within_the_repository_lead_somewhere():
    readme = ROOT / "README.md"
    for path in re.findall(
        r"\]\((?!https?:|#)([^)#]+)", readme.read_text(encoding="utf-8")
    ):
        assert (ROOT / path).exists(), path


def test_the_readme_is_short():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= 900
