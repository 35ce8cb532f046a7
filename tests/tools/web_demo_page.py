"""A page with a tiny network, served to a headless Chromium, for tests.

Skipped where Chromium, Playwright or npm are missing.
"""

import contextlib
import shutil
import threading

import pytest

from tools.web_demo import server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FAKE_CAMERA = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
SOFTWARE_WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
SOFTWARE_WEBGPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")


@contextlib.contextmanager
def served(folder, make_server=server.make_server):
    """The address at which a folder is served."""
    with make_server(folder) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


@contextlib.contextmanager
def browser(*flags):
    """A headless Chromium."""
    api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("needs Chromium")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, *flags]
        )
        yield chromium
        chromium.close()


def opened(chromium, url, **options):
    """The page after its first run.

    What it asks for is in `page.asked`, what failed in it in `page.failed`.
    """
    page = chromium.new_page(**options)
    page.set_default_timeout(120000)
    page.asked = []
    page.failed = []
    page.on("pageerror", lambda error: page.failed.append(str(error)))
    page.on("request", lambda r: page.asked.append((r.method, r.url)))
    page.goto(url)
    wait_for_run(page, 0)
    return page


def runs(page):
    """How many photos were seen so far."""
    return int(page.get_attribute("body", "data-runs") or 0)


def wait_for_run(page, before):
    """Wait until a photo more than `before` is seen."""
    page.wait_for_selector(f"body[data-runs]:not([data-runs='{before}'])")


def download(page, button):
    """The path of what a click saves."""
    with page.expect_download() as saved:
        page.click(button)
    return saved.value.path()
