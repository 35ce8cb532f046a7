// What the page says of its work: progress, runtime, milliseconds, messages.

import { $ } from "./dom.js";

export function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

export const megabytes = (size) =>
  `${(size / 1e6).toFixed(size < 1e7 ? 1 : 0)} MB`;

export const precisionTitle = (precision) =>
  precision === "dynamic" ? "int8 weights" : precision;

// While a network is fetched and made ready; then `null`.
export function showProgress(progress) {
  document.body.setAttribute("aria-busy", Boolean(progress));
  $("progress").hidden = !progress;
  if (!progress) return;
  const { phase, received, total } = progress;
  const bar = $("bar");
  if (phase === "download") {
    if (total) bar.value = received / total;
    else bar.removeAttribute("value");
    $("progress-text").textContent =
      `Fetching the network: ${megabytes(received)}` +
      (total ? ` of ${megabytes(total)}` : "");
  } else {
    bar.removeAttribute("value");
    $("progress-text").textContent = "Getting the network ready …";
  }
}

export function showRuntime({ backend, threads }, file, version) {
  const { precision, size } = file;
  const count = `${threads} thread${threads > 1 ? "s" : ""}`;
  $("runtime").textContent = [
    backend === "webgpu" ? "WebGPU" : `WebAssembly, ${count}`,
    `LiteRT.js ${version}`,
    `${precisionTitle(precision)}, ${megabytes(size)}`,
  ].join(" · ");
}

const STAGES = {
  prepare: "photo to network",
  network: "network",
  maps: "maps to photo",
  draw: "drawing",
};

export function showTimes(times, note, [height, width]) {
  const entries = Object.entries(STAGES).map(([key, text]) => [text, times[key]]);
  const total = entries.reduce((sum, [, ms]) => sum + ms, 0);
  $("stages").replaceChildren(
    ...entries.map(([text, ms]) => {
      const item = document.createElement("li");
      item.textContent = `${text} ${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
      return item;
    }),
    Object.assign(document.createElement("li"), {
      className: "total",
      textContent: `${(1000 / total).toFixed(1)} frames a second`,
    }),
    Object.assign(document.createElement("li"), {
      textContent: `photo ${note}; the network saw ${width}×${height}`,
    }),
  );
}
