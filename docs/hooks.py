"""What the site takes from elsewhere in the repository, at build time.

MkDocs calls the functions here (`hooks` in mkdocs.yml). Nothing is written
twice: the table of presets is the README's, cards are the presets' own, the
recipes are those of `training/`, the runners' page is that of `examples/`, the
policy is `SECURITY.md`.
"""

import ast
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[1]

# Page → the file that it shows.
_SHOWN = {
    "deploy.md": "examples/README.md",
    "security.md": "SECURITY.md",
}


def on_files(files, config):
    """Add pages that lie elsewhere."""
    from mkdocs.structure.files import File

    for page, path in _SHOWN.items():
        source = ROOT / path
        text = source.read_text("utf-8") if source.exists() else f"# {path}\n"
        files.append(File.generated(config, page, content=_inside(text)))
    for name in _presets():
        card = (ROOT / "presets" / name / "README.md").read_text("utf-8")
        # The hub's front matter is no text.
        card = re.sub(r"\A---\n.*?\n---\n", "", card, flags=re.S)
        card = _inside(card, up="../")
        files.append(File.generated(config, f"cards/{name}.md", content=card))
    return files


def on_page_markdown(markdown, page, config, files):
    """Put in place of links out of the site what they lead to."""
    del page, config, files
    for link, made in _MADE.items():
        if link in markdown:
            markdown = markdown.replace(link, made())
    for shown, path in _SHOWN.items():
        markdown = markdown.replace(f"](../{path})", f"]({shown})")
    return markdown


def _table():
    """Markdown: the table of presets."""
    readme = (ROOT / "README.md").read_text("utf-8")
    table = re.search(
        r"<!-- presets:.*?-->\n(.*?)<!-- end of presets -->", readme, re.S
    )
    return re.sub(
        r"\(presets/(\w+)/README\.md\)", r"(cards/\1.md)", table.group(1)
    )


def _cards():
    """Markdown: a list of all presets."""
    return "\n".join(
        f"- [`{name}`](cards/{name}.md): {about}"
        for name, about in _presets().items()
    )


def _recipes():
    """Markdown: a row per published setting, with the result to expect."""
    rows = ["| `--recipe` | what it is | published |", "| --- | --- | --- |"]
    for path in sorted((ROOT / "training" / "recipes").glob("*_*.py")):
        if path.stem.startswith(("_", "rooms_")):
            continue
        # Read, not imported: that would bring a backend.
        module = ast.parse(path.read_text("utf-8"))
        expected = next(
            ast.literal_eval(node.value)
            for node in module.body
            if isinstance(node, ast.Assign) and node.targets[0].id == "EXPECTED"
        )
        figures = [
            f"{task} {metric} {value}"
            for task, values in expected.items()
            if isinstance(values, dict)
            for metric, value in values.items()
        ]
        if "delta_m" in expected:
            figures.append(f"Δm {expected['delta_m']:+} %")
        about = ast.get_docstring(module).partition("\n")[0].rstrip(".")
        published = ", ".join(figures) or "see the file"
        rows.append(f"| `{path.stem}` | {about} | {published} |")
    return "\n".join(rows)


# A link, of use where the page is read in the repository → what makes it.
_MADE = {
    "[The table of presets](../README.md)": _table,
    "[Cards](../presets)": _cards,
    "[Recipes](../training/recipes)": _recipes,
}


def _presets():
    """Names and descriptions of all that the registry knows."""
    registry = json.loads((ROOT / "presets/registry.json").read_text("utf-8"))
    return {
        name: entry["description"]
        for group, entries in registry.items()
        if isinstance(entries, dict)
        for name, entry in entries.items()
        if (ROOT / "presets" / name / "README.md").exists()
    }


def _inside(text, up=""):
    """The text, its links and pictures led to what the site has of them.

    Of other links their text stays. Code, in fences or within a line, is left
    as it is.

    Args:
        text: String, Markdown.
        up: String, the way from its page to the site's root.
    """

    pages = {path: page for page, path in _SHOWN.items()}

    def lead(found):
        code, mark, name, target = found.groups()
        if code:
            return code
        file, sharp, anchor = target.partition("#")
        file = re.sub(r"^(\.\./)*(docs/)?", "", file)
        file = pages.get(file, file)
        if file in _SHOWN or (ROOT / "docs" / file).is_file():
            return f"{mark}[{name}]({up}{file}{sharp}{anchor})"
        return name

    return re.sub(
        r"(```.*?```|`[^`\n]*`)|(!?)\[([^\]]+)\]\((?!https?:|#)([^)\s]*)\)",
        lead,
        text,
        flags=re.S,
    )
