"""The try-it page in a headless Chromium, with a tiny network."""

import functools
import http.server
import json
import pathlib
import re
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from tests.tools import web_demo_page as demo
from tools.web_demo import build

PHOTO = pathlib.Path(__file__).parents[2] / "examples" / "photos" / "sofa.jpg"
SIZE = (48, 64)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def site(tmp_path_factory, tiny_encoder):
    """The page's folder, and the model that it runs."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("files are exported on TensorFlow")
    if not demo.CHROMIUM or not shutil.which("npm"):
        pytest.skip("needs Chromium and npm")
    keras.utils.set_random_seed(1)
    model = mtl_zoo.models.HardSharing(
        tiny_encoder(),
        mtl_zoo.datasets.get_tasks(
            "rooms", ["semseg", "depth", "normals", "edge"]
        ),
    )
    folder = tmp_path_factory.mktemp("site")
    model.set_camera(SIZE, field_of_view=70)
    model.save_to_preset(
        folder / "tiny", metadata={"description": "A tiny network."}
    )
    build.build(folder / "page", [str(folder / "tiny")], ("float32",))
    add_choices(folder / "page" / "models.json")
    return folder / "page", model


def add_choices(path):
    """Offer the same files as another preset and another precision, too."""
    index = json.loads(path.read_text(encoding="utf-8"))
    [tiny] = index["presets"]
    tiny["files"] += [f | {"precision": "float16"} for f in tiny["files"]]
    files = [f | {"outputs": f["outputs"][:1]} for f in tiny["files"]]
    index["presets"].append(
        tiny
        | {"name": "other", "title": "Other", "description": "Classes alone."}
        | {"tasks": ["semseg"], "files": files}
    )
    path.write_text(json.dumps(index), encoding="utf-8")


@pytest.fixture(scope="session")
def photo(tmp_path_factory):
    """A photo without JPEG, which two programs may unpack differently."""
    path = tmp_path_factory.mktemp("photo") / "sofa.png"
    Image.open(PHOTO).save(path)
    return path


def check_maps(found, expected):
    """Hold the page's maps to `predict_image`'s."""
    assert list(found) == list(expected)
    for name, map in expected.items():
        assert found[name].shape == map.shape
        assert found[name].dtype == map.dtype
        if name == "semseg":
            assert (found[name] == map).mean() > 0.99
        else:
            # Of the resized photo's rounded pixels some differ by one.
            bound = 0.02 * (map.max() - map.min())
            assert np.abs(found[name] - map).max() < bound


def drop(page, name, content):
    """Drop a file on the page."""
    before = demo.runs(page)
    page.evaluate(
        """([name, bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], name));
          dispatchEvent(new DragEvent("drop", {
            dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [name, list(content)],
    )
    return before


def test_a_dropped_photo_is_seen_as_python_sees_it(site, photo):
    folder, model = site
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)
        demo.wait_for_run(page, drop(page, "sofa.png", photo.read_bytes()))
        with np.load(demo.download(page, "#save-npz")) as maps:
            found = dict(maps)
        check_maps(found, model.predict_image(photo))

        # The read-out says what the maps say of the pixel.
        box = page.locator("#panels canvas").first.bounding_box()
        x, y = 240, 300
        page.mouse.move(
            box["x"] + (x + 0.5) / 480 * box["width"],
            box["y"] + (y + 0.5) / 360 * box["height"],
        )
        text = page.inner_text("#readout")
        names = model.tasks[0].class_names
        assert names[found["semseg"][y, x]] in text
        assert f"{found['depth'][y, x]:.2f} m" in text
        assert f"at {x}, {y}" in text

        # By keyboard too, two pixels at a time.
        page.focus("#panels")
        page.keyboard.press("ArrowRight")
        assert f"at {x + 2}, {y}" in page.inner_text("#readout")

        # In the picture a map's key is below it, and each map can be had alone.
        picture = Image.open(demo.download(page, "#save-png")).convert("RGB")
        assert picture.width == 3 * 480
        below = picture.height // 2  # two rows of much the same height
        depth_key, classes_key = (
            np.asarray(picture.crop((left, 365, left + 480, below)), int)
            for left in (960, 480)
        )

        def has(key, color):
            return np.abs(key - np.array(color)).max(axis=2).min() < 10

        assert has(depth_key, (68, 1, 84)) and has(depth_key, (253, 231, 37))
        colors = model.tasks[0].colors[np.unique(found["semseg"])]
        assert all(has(classes_key, color) for color in colors.astype(int))
        button = page.get_by_role("button", name="Save Distance (.png)")
        with page.expect_download() as saved:
            button.click()
        assert saved.value.suggested_filename == "sofa_depth.png"
        depth = Image.open(saved.value.path()).convert("RGB")
        assert depth == picture.crop((960, 0, 1440, 360))

        runtime = page.inner_text("#runtime")
        assert re.search(r"WebAssembly, \d+ thread.*LiteRT\.js \d", runtime)
        assert "frames a second" in page.inner_text("#stages")
        # Nothing left the machine, and nothing was sent.
        assert {method for method, _ in page.asked} == {"GET"}
        assert all(a.startswith((url, "blob:")) for _, a in page.asked)
        assert page.failed == []


def test_what_a_finger_touched_stays_told(site):
    folder, _ = site
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url, has_touch=True)
        canvas = page.locator("[data-name=depth] canvas").first
        canvas.tap(position={"x": 40, "y": 30})
        assert re.search(r"Distance.*\d m", page.inner_text("#readout"), re.S)
        assert page.locator("[data-name=depth] .marker").is_visible()

        # A mouse takes it away as it leaves.
        canvas.hover()
        page.mouse.move(0, 0)
        assert "Point at a pixel" in page.inner_text("#readout")


def test_a_photo_is_pasted(site, photo):
    folder, _ = site
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)
        before = demo.runs(page)
        page.evaluate(
            """(bytes) => {
              const data = new DataTransfer();
              data.items.add(new File([new Uint8Array(bytes)], "pasted.png"));
              dispatchEvent(new ClipboardEvent("paste", {
                clipboardData: data, bubbles: true }));
            }""",
            list(photo.read_bytes()),
        )
        demo.wait_for_run(page, before)
        label = page.locator("[data-name=depth] canvas").first
        assert "of pasted" in label.get_attribute("aria-label")


def test_preset_size_and_precision_are_chosen(site):
    folder, _ = site
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)

        def choose(what, **option):
            before = demo.runs(page)
            page.select_option(what, **option)
            demo.wait_for_run(page, before)

        def panels():
            return page.eval_on_selector_all(
                "#panels figure", "all => all.map((f) => f.dataset.name)"
            )

        assert page.input_value("#size") == str(SIZE[0] * SIZE[1])
        choose("#size", label="96×72")
        assert "the network saw 96×72" in page.inner_text("#stages")
        choose("#precision", value="float16")
        assert "float16" in page.inner_text("#runtime")
        assert panels() == ["photo", "semseg", "depth", "normals", "edge"]
        choose("#preset", value="other")
        assert page.inner_text("#about") == "Classes alone."
        assert panels() == ["photo", "semseg"]
        # Without distances there is nothing to turn.
        assert page.is_disabled("[name=view][value=points]")
        assert page.failed == []


def test_all_is_done_by_keyboard(site):
    folder, _ = site
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)

        def tab_to(selector):
            for _ in range(60):
                page.keyboard.press("Tab")
                if page.evaluate(
                    "(s) => document.activeElement.matches(s)", selector
                ):
                    return
            pytest.fail(f"Tab does not lead to {selector}")

        before = demo.runs(page)
        tab_to("#samples li:nth-child(2) button")
        page.keyboard.press("Enter")
        demo.wait_for_run(page, before)
        tab_to("#legend input")
        page.keyboard.press("Space")
        assert not page.locator("#legend input").first.is_checked()
        tab_to("[name=view]")
        page.keyboard.press("ArrowRight")
        assert page.is_visible("#overlay-controls")
        tab_to("#opacity")
        page.keyboard.press("Home")
        assert page.input_value("#opacity") == "0"
        tab_to("#panels")
        page.keyboard.press("ArrowRight")
        assert "at " in page.inner_text("#readout")


def test_the_policy_lets_nothing_in_or_out(site):
    folder, _ = site
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)
        for act, directive in (
            ("fetch('https://example.com/').catch(() => 0)", "connect-src"),
            ("new Image().src = 'https://example.com/a.png'", "img-src"),
            (
                "document.body.append(Object.assign("
                "document.createElement('script'), {textContent: 'a = 1'}))",
                "script-src-elem",
            ),
        ):
            refused = page.evaluate(
                """() => new Promise((resolve) => {
                  addEventListener(
                    "securitypolicyviolation",
                    (event) => resolve(event.effectiveDirective),
                    { once: true });
                  """
                + act
                + "; })"
            )
            assert refused == directive


def test_classes_are_filtered_and_space_is_turned(site):
    folder, _ = site
    with (
        demo.served(folder) as url,
        demo.browser(*demo.SOFTWARE_WEBGL) as chromium,
    ):
        page = demo.opened(chromium, url)
        alpha = """() => {
          const canvas = document.querySelector("[data-name=depth] canvas");
          const { data } = canvas.getContext("2d").getImageData(
            0, 0, canvas.width, canvas.height);
          let faded = 0;
          for (let i = 3; i < data.length; i += 4) faded += data[i] < 255;
          return faded / (data.length / 4);
        }"""
        assert page.evaluate(alpha) == 0
        share = page.locator("#legend .share").first.inner_text()
        page.locator("#legend input").first.uncheck()
        assert page.evaluate(alpha) == pytest.approx(
            float(share.strip(" %")) / 100, abs=0.01
        )
        page.click("#none")
        assert page.evaluate(alpha) == 1
        page.click("#all")

        page.check("[name=view][value=overlay]", force=True)
        page.fill("#opacity", "0")
        assert page.evaluate(
            "getComputedStyle(document.querySelector('.top canvas')).opacity"
        ) == ("0")
        page.check("[name=view][value=points]", force=True)
        canvas = page.locator("#points-canvas[aria-label]")
        canvas.wait_for()
        assert not page.is_visible("#message")
        assert "points in space" in canvas.get_attribute("aria-label")
        before = canvas.screenshot()
        canvas.focus()
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        assert canvas.screenshot() != before


def test_what_is_no_photo_is_refused_in_a_sentence(site, tmp_path):
    folder, _ = site
    large = tmp_path / "large.png"
    Image.new("1", (10000, 5000)).save(large)
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)
        message = page.locator("#message")
        for name, content, words in (
            ("notes.txt", b"no picture", "is not a picture"),
            ("large.png", large.read_bytes(), "50 megapixels; at most 40"),
        ):
            drop(page, name, content)
            message.get_by_text(words).wait_for()
        page.click("#camera")
        message.get_by_text("camera").wait_for()
        # It goes on.
        before = demo.runs(page)
        page.locator("#samples button").nth(1).click()
        demo.wait_for_run(page, before)
        assert not message.is_visible()


def test_of_a_photo_not_yet_seen_nothing_is_told_or_saved(
    site, photo, tmp_path
):
    folder, _ = site
    upright = tmp_path / "upright.png"
    Image.open(photo).transpose(Image.Transpose.ROTATE_90).save(upright)
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)
        page.focus("#panels")
        page.keyboard.press("ArrowRight")
        assert "Distance" in page.inner_text("#readout")

        # Upright photos have a network of their own, which can't be fetched.
        page.route("**/*.tflite", lambda route: route.abort())
        before = drop(page, "upright.png", upright.read_bytes())
        message = page.locator("#message")
        message.get_by_text("64x48.tflite could not be fetched").wait_for()

        def label(name):
            canvas = page.locator(f"[data-name={name}] canvas").first
            return canvas.get_attribute("aria-label")

        assert label("photo") == "The photo: upright"
        assert label("depth") == "Distance"
        assert "Distance" not in page.inner_text("#readout")
        buttons = page.locator("#save-png, #save-npz, figcaption button")
        assert all(button.is_disabled() for button in buttons.all())
        assert page.is_hidden("#legend") and page.is_hidden("#numbers")
        page.eval_on_selector(
            "#fov", "slider => slider.dispatchEvent(new Event('input'))"
        )
        assert page.failed == []

        page.unroute("**/*.tflite")
        page.select_option("#precision", value="float16")
        demo.wait_for_run(page, before)
        assert label("depth").endswith("of upright")
        assert page.is_enabled("#save-npz") and page.is_visible("#legend")


def test_a_camera_may_be_refused(site):
    folder, _ = site
    with (
        demo.served(folder) as url,
        # A camera is there, and nobody who allows it.
        demo.browser("--use-fake-device-for-media-stream") as chromium,
    ):
        page = demo.opened(chromium, url)
        page.click("#camera")
        page.locator("#message").get_by_text("camera was refused").wait_for()
        assert page.get_attribute("#camera", "aria-pressed") == "false"


def test_the_camera_is_seen_live(site):
    folder, _ = site
    with (
        demo.served(folder) as url,
        demo.browser(*demo.FAKE_CAMERA) as chromium,
    ):
        page = demo.opened(chromium, url)
        page.click("#camera")
        for _ in range(3):
            demo.wait_for_run(page, demo.runs(page))
        assert "live" in page.inner_text("#stages")
        page.click("#camera")
        assert page.inner_text("#camera") == "Use camera"
        assert (
            page.evaluate("document.querySelector('video').srcObject") is None
        )


def test_a_camera_that_comes_too_late_is_closed(site):
    folder, _ = site
    with (
        demo.served(folder) as url,
        demo.browser(*demo.FAKE_CAMERA) as chromium,
    ):
        page = demo.opened(chromium, url)
        page.evaluate(
            """() => {
              const { mediaDevices } = navigator;
              const ask = mediaDevices.getUserMedia.bind(mediaDevices);
              const allowed = new Promise((allow) => (window.allow = allow));
              window.streams = [];
              mediaDevices.getUserMedia = async (wish) => {
                await allowed;
                const stream = await ask(wish);
                streams.push(stream);
                return stream;
              };
            }"""
        )

        def all_are_closed(count):
            page.wait_for_function(
                """(count) => streams.length === count && streams.every(
                  (s) => s.getTracks().every((t) => t.readyState === "ended"))
                """,
                arg=count,
            )

        # On, off, on, and then a photo, all before the visitor has agreed.
        for _ in range(3):
            page.click("#camera")
        before = demo.runs(page)
        page.locator("#samples button").nth(1).click()
        assert page.inner_text("#camera") == "Use camera"
        page.evaluate("allow()")
        all_are_closed(2)
        demo.wait_for_run(page, before)
        assert "live" not in page.inner_text("#stages")

        page.evaluate(
            """() => {
              HTMLMediaElement.prototype.play = async () => {
                throw new Error("no picture");
              };
            }"""
        )
        page.click("#camera")
        page.locator("#message").get_by_text("no picture").wait_for()
        all_are_closed(3)
        assert page.inner_text("#camera") == "Use camera"
        assert page.failed == []


def test_both_backends_agree(site, photo):
    folder, model = site
    with (
        demo.served(folder) as url,
        demo.browser(*demo.SOFTWARE_WEBGPU) as chromium,
    ):
        page = demo.opened(chromium, url)
        if not page.is_visible("#backend"):
            pytest.skip("this Chromium has no WebGPU")
        before = demo.runs(page)
        page.set_input_files("#file", photo)
        demo.wait_for_run(page, before)
        for backend in ("wasm", "webgpu"):
            if page.input_value("#backend") != backend:
                before = demo.runs(page)
                page.select_option("#backend", backend)
                demo.wait_for_run(page, before)
            title = {"wasm": "WebAssembly", "webgpu": "WebGPU"}[backend]
            assert title in page.inner_text("#runtime")
            with np.load(demo.download(page, "#save-npz")) as maps:
                check_maps(dict(maps), model.predict_image(photo))


def test_upright_photos_have_an_upright_network(site, photo, tmp_path):
    folder, model = site
    upright = tmp_path / "upright.png"
    Image.open(photo).transpose(Image.Transpose.ROTATE_90).save(upright)
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)
        before = demo.runs(page)
        page.set_input_files("#file", upright)
        demo.wait_for_run(page, before)
        assert "the network saw 48×64" in page.inner_text("#stages")
        with np.load(demo.download(page, "#save-npz")) as maps:
            check_maps(dict(maps), model.predict_image(upright))


def test_a_telephones_photo_has_the_metres_that_python_gives(
    site, photo, tmp_path
):
    folder, model = site
    path = tmp_path / "telephone.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # It lies on its side as it is stored.
    exif.get_ifd(0x8769)[0xA405] = 26
    with Image.open(photo) as image:
        image.save(path, exif=exif, quality=100, subsampling=0)
    scene = model.predict_image(path)
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url)
        caption = page.locator("[data-name=depth] .key")
        assert "camera assumed: 70°" in caption.inner_text()
        before = demo.runs(page)
        page.set_input_files("#file", path)
        demo.wait_for_run(page, before)
        words = f"camera from the photo: {scene.field_of_view:.0f}°"
        assert words in caption.inner_text()
        with np.load(demo.download(page, "#save-npz")) as maps:
            check_maps({"depth": maps["depth"]}, {"depth": scene["depth"]})
        page.focus("#panels")
        page.keyboard.press("ArrowRight")
        assert words in page.inner_text("#readout")
        page.eval_on_selector(
            "#fov",
            """(slider) => {
              slider.value = 90;
              slider.dispatchEvent(new Event("input"));
            }""",
        )
        assert "camera given: 90°" in caption.inner_text()
        assert page.text_content("#fov-value") == "90°, given"


def plain(folder):
    """A host that gives no headers of its own."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            del arguments

    handler = functools.partial(Quiet, directory=str(folder))
    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)


@pytest.mark.parametrize("workers", ["allow", "block"])
def test_on_a_plain_host_a_service_worker_isolates_the_page(site, workers):
    folder, _ = site
    with demo.served(folder, plain) as url, demo.browser() as chromium:
        page = demo.opened(chromium, url, service_workers=workers)
        isolated = workers == "allow"
        assert page.evaluate("crossOriginIsolated") == isolated
        if not isolated:
            assert "WebAssembly, 1 thread " in page.inner_text("#runtime")


def test_where_data_are_blocked_the_page_runs_on_one_thread(site):
    folder, _ = site
    with demo.served(folder, plain) as url, demo.browser() as chromium:
        context = chromium.new_context()
        context.add_init_script(
            """Object.defineProperty(window, "sessionStorage", {
              get() { throw new DOMException("denied", "SecurityError"); } })"""
        )
        page = demo.opened(context, url)
        assert "WebAssembly, 1 thread " in page.inner_text("#runtime")
        assert page.is_hidden("#message") and page.is_hidden("#waiting")


def test_opened_as_a_file_the_page_says_what_it_needs(site):
    folder, _ = site
    with demo.browser() as chromium:
        page = chromium.new_page()
        page.goto((folder / "index.html").as_uri())
        page.get_by_text("needs JavaScript and a server").wait_for()


def test_on_a_plain_host_the_worker_sends_nothing_elsewhere(site):
    folder, _ = site
    with (
        demo.served(folder, plain) as url,
        demo.served(folder, plain) as elsewhere,
        demo.browser() as chromium,
    ):
        page = demo.opened(chromium, url)
        [worker] = [w for w in page.workers if w.url.endswith("/worker.js")]
        refused = worker.evaluate(
            """(url) => new Promise((resolve) => {
              addEventListener("securitypolicyviolation",
                (event) => resolve(event.effectiveDirective));
              fetch(url, { method: "POST", mode: "no-cors", body: "photo" })
                .then(() => resolve("sent"), () => {});
            })""",
            elsewhere,
        )
        assert refused == "connect-src"


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_a_name_and_fits(site, width, scheme):
    folder, _ = site
    with demo.served(folder) as url, demo.browser() as chromium:
        page = demo.opened(
            chromium,
            url,
            viewport={"width": width, "height": 844},
            color_scheme=scheme,
        )
        background = page.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        light = min(map(int, re.findall(r"\d+", background))) > 127
        assert light == (scheme == "light")
        # Nothing is wider than the screen.
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        nameless = page.evaluate(
            """() => [...document.querySelectorAll(
                "button, select, input, canvas[role=img], img, progress")]
              .filter((e) => e.checkVisibility())
              .filter((e) => !(e.ariaLabel || e.labels?.length || e.alt ||
                e.innerText?.trim() || e.querySelector("img[alt]")))
              .map((e) => e.outerHTML)"""
        )
        assert nameless == []
