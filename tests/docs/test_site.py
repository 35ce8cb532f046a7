"""What `docs/hooks.py` makes of pages that lie elsewhere."""

import importlib.util
import pathlib

import pytest

pytestmark = pytest.mark.one_backend

HOOKS = pathlib.Path(__file__).parents[2] / "docs" / "hooks.py"


@pytest.fixture(scope="module")
def hooks():
    spec = importlib.util.spec_from_file_location("hooks", HOOKS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "text, shown",
    [
        ("[a](https://b.org) [c](#d)", "[a](https://b.org) [c](#d)"),
        ("[tool](../tools/demo.py)", "tool"),
        ("![seen](../../docs/photos.png)", "![seen](../photos.png)"),
        ("[x](docs/reliability.md#soak)", "[x](../reliability.md#soak)"),
        ("[p](../SECURITY.md)", "[p](../security.md)"),
        ("`a[i](j)`", "`a[i](j)`"),
        ("```\n[UInt8](f(n: 1).x)\n```", "```\n[UInt8](f(n: 1).x)\n```"),
    ],
)
def test_links_lead_to_what_the_site_has(hooks, text, shown):
    assert hooks._inside(text, up="../") == shown
