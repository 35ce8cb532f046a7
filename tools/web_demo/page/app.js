// The page: what is chosen, what is shown, and in what order things happen.

import { assumed, nearness } from "./camera.js";
import { paint } from "./colors.js";
import { $, fill } from "./dom.js";
import { backends, Engine } from "./engine.js";
import { fetched } from "./fetched.js";
import { Legend } from "./legend.js";
import { npz } from "./npz.js";
import { Panels, titleOf } from "./panels.js";
import { closeCamera, grab, openCamera } from "./photo.js";
import { readFile, Refused } from "./photo.js";
import { placeIn } from "./pixels.js";
import { describe, show } from "./readout.js";
import { precisionTitle, say } from "./status.js";
import { showProgress, showRuntime, showTimes } from "./status.js";

const engine = new Engine();
const panels = new Panels($("panels"), onCursor, saveMap);
const legend = new Legend($("legend-section"), redraw);

let index = null; // models.json
let outputs = []; // what the chosen network gives
let photo = null; // {pixels, size, name, note}
let scene = null; // {photo, predicted, maps, notes, seen, fov} of the last run
let fov = null; // what the visitor says of the camera
let live = null; // this use of the camera, from the click on
let points = null;
let work = Promise.resolve(); // one thing after the other

// === Start ===

async function start() {
  $("waiting").remove();
  if (await isolate()) return;
  index = await (await fetched("models.json")).json();
  fillChoices(await backends());
  fillSamples();
  listen();
  document.body.dataset.ready = "";
  choose(() => sample(index.photos[0]));
}

// Where the host does not isolate the page, a service worker of ours does.
async function isolate() {
  if (crossOriginIsolated || !("serviceWorker" in navigator)) return false;
  try {
    // Where the visitor blocks a page's data, both of these throw.
    if (sessionStorage.isolating) return false;
    await navigator.serviceWorker.register("sw.js");
    // Without it there is one thread alone, which beats waiting for long.
    await Promise.race([
      navigator.serviceWorker.ready,
      new Promise((_, reject) => setTimeout(reject, 3000)),
    ]);
    sessionStorage.isolating = "yes";
  } catch {
    return false;
  }
  location.reload();
  return true;
}

function fillChoices(found) {
  fill($("preset"), index.presets.map((p) => [p.name, p.title]));
  fill($("backend"), found.map(({ name, title }) => [name, title]));
  $("backend-label").hidden = found.length < 2;
  onPreset();
}

function onPreset() {
  const preset = chosen();
  $("about").textContent = preset.description;
  const precisions = [...new Set(preset.files.map((f) => f.precision))];
  fill(
    $("precision"),
    precisions.map((p) => [p, precisionTitle(p)]),
  );
  const sizes = preset.files
    .filter((f) => f.precision === precisions[0])
    .map((f) => f.image_size)
    .filter(([height, width]) => height <= width);
  fill(
    $("size"),
    sizes.map(([height, width], i) => [
      height * width,
      `${width}×${height}${i ? "" : ", as trained"}`,
    ]),
  );
  outputs = preset.files[0].outputs;
  panels.build(outputs);
  fillLayers();
  const turned = document.querySelector("[name=view][value=points]");
  turned.disabled = !distance();
  if (turned.disabled && turned.checked) $("side-by-side").click();
}

// The first output in metres, which says where a pixel lies.
const distance = () => outputs.find(({ unit }) => unit === "m");

const chosen = () => index.presets.find((p) => p.name === $("preset").value);

function fillSamples() {
  $("samples").replaceChildren(
    ...index.photos.map((entry) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const image = document.createElement("img");
      image.src = entry.file;
      image.alt = entry.name;
      image.loading = "lazy";
      button.type = "button";
      button.append(image);
      button.onclick = () => choose(() => sample(entry));
      item.append(button);
      return item;
    }),
  );
}

async function sample({ file, name }) {
  return readFile(await (await fetched(file)).blob(), name);
}

// === Events ===

function listen() {
  $("choose").onclick = () => $("file").click();
  $("file").onchange = () => {
    const [file] = $("file").files;
    if (file) choose(() => readFile(file));
    $("file").value = "";
  };
  $("camera").onclick = () => (live ? stopCamera() : startCamera());
  $("preset").onchange = () => {
    onPreset();
    legend.reset();
    if (photo) forget();
    queue(runPhoto);
  };
  for (const id of ["precision", "backend", "size"]) {
    $(id).onchange = () => queue(runPhoto);
  }
  for (const radio of document.querySelectorAll("[name=view]")) {
    radio.onchange = () => setView(radio.value);
  }
  $("opacity").oninput = () => {
    $("panels").style.setProperty("--opacity", $("opacity").value / 100);
  };
  $("points-color").onchange = redraw;
  $("fov").oninput = () => {
    fov = Number($("fov").value);
    if (!scene) return;
    useCamera();
    redraw();
    onCursor(panels.cursor);
  };
  $("save-png").onclick = savePicture;
  $("save-npz").onclick = saveMaps;
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.dataset.dragging = "";
  });
  for (const type of ["dragleave", "drop"]) {
    addEventListener(type, () => delete document.body.dataset.dragging);
  }
  addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) choose(() => readFile(file));
  });
  addEventListener("paste", (event) => {
    const [file] = event.clipboardData.files;
    if (file) choose(() => readFile(file));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && live) stopCamera();
  });
}

// One thing after the other; what fails is said, and the next goes on.
function queue(step) {
  work = work.then(step).catch((error) => {
    if (!(error instanceof Refused)) console.error(error);
    say(error.message);
  });
  return work;
}

// === Photo and camera ===

function choose(read) {
  if (live) stopCamera();
  queue(async () => {
    say("");
    photo = await read();
    fov = null;
    forget();
    await runPhoto();
  });
}

// Until the network has seen the photo nothing is shown, told or saved of it:
// what the last run gave is of another photo, or of another network.
function forget() {
  scene = null;
  panels.draw(photo, null);
  points?.clear();
  legend.hide();
  $("numbers").hidden = true;
  $("save-png").disabled = $("save-npz").disabled = true;
  onCursor(panels.cursor);
}

async function startCamera() {
  say("");
  const mine = {};
  setLive(mine);
  try {
    const stream = await openCamera();
    // Until the visitor agreed, the camera may have been stopped.
    if (live !== mine) return closeCamera(stream);
    $("video").srcObject = stream;
    await $("video").play();
  } catch (error) {
    if (live !== mine) return;
    stopCamera();
    say(error.message);
  }
  while (live === mine) {
    await queue(async () => {
      if (live !== mine) return;
      photo = grab($("video"));
      await runPhoto();
    });
    await new Promise(requestAnimationFrame);
    if (live === mine && !$("message").hidden) stopCamera();
  }
}

function stopCamera() {
  closeCamera($("video").srcObject);
  $("video").srcObject = null;
  setLive(null);
}

function setLive(use) {
  live = use;
  $("camera").textContent = live ? "Stop camera" : "Use camera";
  $("camera").setAttribute("aria-pressed", Boolean(live));
}

// === The network ===

// Of the chosen files the one whose form is nearest the photo's.
function chosenFile() {
  const area = Number($("size").value);
  const seen = ({ image_size }) =>
    placeIn(photo.size, image_size).size.reduce((a, b) => a * b);
  return chosen()
    .files.filter(
      ({ precision, image_size: [height, width] }) =>
        precision === $("precision").value && height * width === area,
    )
    .reduce((best, file) => (seen(file) > seen(best) ? file : best));
}

async function runPhoto() {
  if (!photo) return;
  const file = chosenFile();
  let answer;
  try {
    answer = await engine.run(
      {
        file,
        backend: $("backend").value,
        photo: photo.pixels.slice(),
        photoSize: photo.size,
      },
      showProgress,
    );
  } finally {
    showProgress(null);
  }
  // Another preset was chosen meanwhile.
  if (!chosen().files.includes(file)) return;
  const { maps, times, size, runtime } = answer;
  scene = { photo, maps, seen: size, predicted: { ...maps } };
  useCamera();
  legend.update(outputs, maps);
  const drawn = performance.now();
  redraw();
  times.draw = performance.now() - drawn;
  showTimes(times, photo.note, size);
  showRuntime(runtime, file, index.versions["@litertjs/core"]);
  $("numbers").hidden = false;
  $("save-png").disabled = $("save-npz").disabled = false;
  onCursor(panels.cursor);
  document.body.dataset.runs = Number(document.body.dataset.runs ?? 0) + 1;
}

// What is known of the camera, or assumed, says how far things are.
function useCamera() {
  const { photo, seen, predicted } = scene;
  const angle = fov ?? photo.fov ?? assumed(chosen(), photo.size);
  const source = fov ? "given" : photo.fov ? "from the photo" : "assumed";
  const degrees = `${Math.round(angle)}°`;
  const scale = nearness(chosen(), seen[1], angle);
  scene.notes = {};
  for (const { name, unit } of outputs) {
    if (unit !== "m") continue;
    scene.maps[name] = predicted[name].map((z) => z * scale);
    if (!chosen().field_of_view) continue; // Any camera gives the same metres.
    scene.notes[name] = `camera ${source}: ${degrees}`;
  }
  scene.fov = angle;
  $("fov").value = angle;
  $("fov-value").value = `${degrees}, ${source}`;
}

// === What is shown ===

function redraw() {
  if (!scene) return;
  panels.draw(scene.photo, scene.maps, scene.notes, legend.shown);
  if ($("panels").dataset.view === "points") drawPoints();
}

function fillLayers() {
  const title = $("layers").querySelector("legend");
  $("layers").replaceChildren(
    title,
    ...outputs.map(({ name }, i) => {
      const label = document.createElement("label");
      const radio = document.createElement("input");
      const text = document.createElement("span");
      Object.assign(radio, { type: "radio", name: "layer", value: name });
      radio.checked = i === 0;
      radio.onchange = () => setLayer(name);
      text.textContent = titleOf(name);
      label.append(radio, text);
      return label;
    }),
  );
  setLayer(outputs[0].name);
  fill($("points-color"), [
    ["photo", "Photo"],
    ...outputs.map(({ name }) => [name, titleOf(name)]),
  ]);
}

function setLayer(name) {
  for (const [key, { figure }] of panels.panels) {
    figure.classList.toggle("top", key === name);
  }
}

async function setView(view) {
  $("panels").dataset.view = view;
  $("overlay-controls").hidden = view !== "overlay";
  $("points-controls").hidden = $("points").hidden = view !== "points";
  $("readout").hidden = view === "points";
  if (view !== "points") return;
  try {
    const { Points } = await import("./points.js");
    points ??= new Points($("points-canvas"));
    points.resize();
    redraw();
  } catch (error) {
    console.error(error);
    say("The 3-D view needs WebGL, which this browser does not give.");
  }
}

function drawPoints() {
  if (!points || !distance()) return;
  const name = $("points-color").value;
  let rgba = scene.photo.pixels;
  if (name !== "photo") {
    rgba = new Uint8ClampedArray(rgba.length);
    const output = outputs.find((o) => o.name === name);
    paint(rgba, output, scene.maps[name], () => true);
  }
  points.set({
    depth: scene.maps[distance().name],
    rgba,
    size: scene.photo.size,
    fov: scene.fov,
    shown: legend.shown,
  });
}

function onCursor(cursor, byKeyboard = false) {
  $("readout").setAttribute("aria-live", byKeyboard ? "polite" : "off");
  if (!cursor || !scene) {
    const hint = "Point at a pixel, or tab to the pictures and use the arrows.";
    show($("readout"), [], hint);
    return;
  }
  const [x, y] = cursor;
  show(
    $("readout"),
    describe(outputs, scene, cursor),
    `at ${x}, ${y}`,
  );
}

// === Downloads ===

function savePicture() {
  savePng(panels.picture(), "");
}

function saveMap(name, canvas) {
  savePng(canvas, `_${name}`);
}

function savePng(canvas, ending) {
  const name = `${scene.photo.name}${ending}.png`;
  canvas.toBlob((blob) => save(blob, name));
}

function saveMaps() {
  const [height, width] = scene.photo.size;
  const arrays = outputs.map(({ name }) => {
    const data = scene.maps[name];
    const channels = data.length / (height * width);
    const shape = channels > 1 ? [height, width, channels] : [height, width];
    return [name, { data, shape }];
  });
  save(npz(Object.fromEntries(arrays)), `${scene.photo.name}.npz`);
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

start().catch((error) => {
  console.error(error);
  say(`The page could not start: ${error.message}`);
});
