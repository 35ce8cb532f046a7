"""What the documentation says runs, and what it shows is up to date."""

import ast
import functools
import pathlib
import re
import runpy
import shlex

import pytest
from PIL import Image

from mtl_zoo import datasets
from mtl_zoo import encoders
from mtl_zoo import models
from tests.commands import python
from tools import drawing

pytestmark = pytest.mark.one_backend

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("**/*.md")),
    *sorted((ROOT / "presets").glob("*/*.md")),
]
# Commands of pages that take seconds, and what there must be after them.
SHORT = {
    "docs/index.md": {"tools.predict": "seen"},
    "docs/own_data.md": {
        "tools.prepare_dataset": "my_data/contact_sheet.png",
        "tools.show_dataset": "sheet.png",
    },
    "examples/README.md": {
        "tools.export_tflite": "rooms.json",
        "run_image.py": "panel.png",
    },
}
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.M | re.S)
_INLINE = re.compile(r"`(python [^`]+)`")


def blocks(page, *languages):
    text = page.read_text(encoding="utf-8")
    return [
        code for language, code in _BLOCK.findall(text) if language in languages
    ]


def commands(page):
    """What a page has run, in blocks and within its text, a line each."""
    lines = []
    for code in blocks(page, "sh", ""):
        code = re.sub(r"\\\n\s*", " ", code)
        lines += re.findall(r"^python .*?(?=\s+#|$)", code, re.M)
    prose = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return lines + [" ".join(line.split()) for line in _INLINE.findall(prose)]


def pages_with(find):
    return [
        pytest.param(page, id=page.relative_to(ROOT).as_posix())
        for page in PAGES
        if find(page)
    ]


with_python = pytest.mark.parametrize(
    "page", pages_with(lambda page: blocks(page, "python"))
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the files that the pages speak of."""
    photo = ROOT / "examples" / "photos" / "sofa.jpg"
    Image.open(photo).resize((160, 120)).save(tmp_path / "photo.jpg")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    make = runpy.run_path(str(ROOT / "examples" / "make_own_data.py"))["main"]
    make(tmp_path / "my_data", 2, 1, 1)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@with_python
def test_the_code_of_a_page_runs(page, place):
    namespace = {"__name__": "page"}
    for i, code in enumerate(blocks(page, "python")):
        compiled = compile(code, f"{page.name}, block {i}", "exec")
        exec(compiled, namespace)


@with_python
def test_the_code_of_a_page_names_what_there_is(page):
    for code in blocks(page, "python"):
        compile(code, page.name, "exec")
        for path in set(re.findall(r"\bmtl_zoo(?:\.\w+)+", code)):
            import mtl_zoo

            functools.reduce(getattr, path.split(".")[1:], mtl_zoo)


@pytest.mark.slow
@pytest.mark.parametrize("page", SHORT)
def test_the_short_commands_of_a_page_run(page, place):
    for words, made in SHORT[page].items():
        (line,) = [x for x in commands(ROOT / page) if words in x]
        ended = python(shlex.split(line)[1:], cwd=place)
        assert ended.returncode == 0, ended.stderr
        assert (place / made).exists()


@pytest.mark.parametrize("page", pages_with(commands))
def test_the_commands_of_a_page_have_their_flags(page):
    for line in commands(page):
        _, *words = shlex.split(re.sub(r"[][]", "", line))
        if words[0] != "-m":
            assert (ROOT / words[0]).is_file(), line
            continue
        _, module, *given = words
        if not module.startswith(("tools.", "training.")):
            continue
        # Between them is no prose, which a shell would take for arguments.
        assert all(word.startswith("--") for word in given), line
        names = {word[2:].partition("=")[0] for word in given}
        known = flags_of(module)
        assert names <= {*known, *(f"no{name}" for name in known)}, line
        # The bare name of a command is no way to call it.
        required = {name for name in known if known[name]}
        assert not names or required <= names, line


@functools.cache
def flags_of(module):
    """The flags of a command and of what it imports: name → is it required."""
    path = ROOT / module.replace(".", "/")
    own = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    if not own.is_file():  # What is imported may be no module.
        return {}
    found = {"help": False}
    tree = list(ast.walk(ast.parse(own.read_text(encoding="utf-8"))))
    for node in tree:
        if isinstance(node, ast.ImportFrom) and node.module in (
            "training",
            "tools",
            "mtl_zoo.utils",
        ):
            for name in node.names:
                found |= flags_of(f"{node.module}.{name.name}")
    for node in tree:
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            words = [
                word.value
                for argument in node.args
                for word in ast.walk(argument)
                if isinstance(word, ast.Constant)
            ]
            if called.startswith("mark_flag"):
                found |= dict.fromkeys(words, True)
            elif called.startswith("DEFINE_") or called == "define_name":
                needed = any(word.arg == "required" for word in node.keywords)
                found |= dict.fromkeys(words[:1], needed)
    return found


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


@pytest.mark.parametrize("page", pages_with(pathlib.Path.exists))
def test_links_within_the_repository_lead_somewhere(page):
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    for path in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / path).exists(), path


@pytest.mark.parametrize(
    "listing",
    [
        datasets.list_datasets,
        encoders.list_encoders,
        models.list_models,
    ],
)
def test_examples_of_lists_begin_as_the_lists_do(listing):
    (example,) = re.findall(r"# \[(.*), …\]", listing.__doc__)
    names = re.findall(r'"(\w+)"', example)
    assert names and names == listing()[: len(names)]


def test_the_readme_is_short():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= 900
