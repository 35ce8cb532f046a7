// The photo and its maps, side by side or laid over one another, with one
// cursor for all of them.

import { kindOf, paint, RAMP, rangeOf } from "./colors.js";

const TITLES = {
  semseg: "Class",
  human_parts: "Body part",
  depth: "Distance",
  disparity: "Disparity",
  normals: "Surface normal",
  edge: "Edge",
  saliency: "Saliency",
};

export const titleOf = (name) => TITLES[name] ?? name;

export class Panels {
  // `onCursor([x, y] | null, byKeyboard)` is told of every move.
  constructor(root, onCursor) {
    this.root = root;
    this.onCursor = onCursor;
    this.panels = new Map();
    this.cursor = null;
    this.size = [3, 4];
    root.addEventListener("pointermove", (event) => this.point(event));
    root.addEventListener("pointerdown", (event) => this.point(event));
    root.addEventListener("pointerleave", () => this.moveTo(null));
    root.addEventListener("keydown", (event) => this.key(event));
  }

  // One panel for the photo and one per output.
  build(outputs) {
    this.outputs = outputs;
    this.panels.clear();
    const names = ["photo", ...outputs.map(({ name }) => name)];
    this.root.replaceChildren(...names.map((name) => this.panel(name)));
  }

  panel(name) {
    const figure = document.createElement("figure");
    figure.dataset.name = name;
    const frame = document.createElement("div");
    frame.className = "frame";
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    const marker = document.createElement("div");
    marker.className = "marker";
    marker.hidden = true;
    frame.append(canvas, marker);
    const caption = document.createElement("figcaption");
    caption.textContent = name === "photo" ? "Photo" : titleOf(name);
    const key = document.createElement("span");
    key.className = "key";
    caption.append(key);
    figure.append(frame, caption);
    this.panels.set(name, { figure, canvas, marker, key });
    return figure;
  }

  // `photo`: {pixels, size, name}; `maps`: name → map, or null.
  draw(photo, maps, shown) {
    this.size = photo.size;
    const [height, width] = photo.size;
    for (const [name, { canvas }] of this.panels) {
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
      }
      const context = canvas.getContext("2d");
      if (name === "photo") {
        const picture = new ImageData(photo.pixels.slice(), width, height);
        context.putImageData(picture, 0, 0);
        canvas.setAttribute("aria-label", `The photo: ${photo.name}`);
      } else if (maps) {
        const picture = new ImageData(width, height);
        const output = this.outputs.find((o) => o.name === name);
        paint(picture.data, output, maps[name], shown);
        context.putImageData(picture, 0, 0);
        this.describe(output, maps[name], photo.name);
      } else {
        context.clearRect(0, 0, width, height);
      }
    }
    this.root.style.setProperty("--ratio", `${width} / ${height}`);
  }

  describe(output, map, photoName) {
    const { canvas, key } = this.panels.get(output.name);
    const kind = kindOf(output);
    let text = titleOf(output.name);
    if (kind === "measure") {
      const [low, high] = rangeOf(output, map).map((v) => v.toFixed(1));
      const most = [high, output.unit].filter(Boolean).join(" ");
      key.replaceChildren(low, ramp(), most);
      text += `, from ${low} to ${most}`;
    } else if (kind === "normals") {
      key.replaceChildren(
        ...[
          ["right", "#f08080"],
          ["up", "#80f080"],
          ["at you", "#8080f0"],
        ].map(([word, color]) => chip(word, color)),
      );
    } else if (kind === "probability") {
      key.textContent = "white: certain";
    }
    canvas.setAttribute("aria-label", `${text} of ${photoName}`);
  }

  // === The cursor ===

  point(event) {
    const canvas = event.target.closest?.("figure")?.querySelector("canvas");
    if (!canvas) return;
    const box = canvas.getBoundingClientRect();
    const [height, width] = this.size;
    const x = Math.floor(((event.clientX - box.left) / box.width) * width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * height);
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    this.moveTo([x, y]);
  }

  key(event) {
    const step = event.shiftKey ? 20 : 2;
    const move = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    }[event.key];
    if (event.key === "Escape") this.moveTo(null, true);
    if (!move) return;
    event.preventDefault();
    const [height, width] = this.size;
    const [x, y] = this.cursor ?? [width >> 1, height >> 1];
    this.moveTo(
      [
        Math.max(0, Math.min(width - 1, x + move[0])),
        Math.max(0, Math.min(height - 1, y + move[1])),
      ],
      true,
    );
  }

  moveTo(cursor, byKeyboard = false) {
    this.cursor = cursor;
    const [height, width] = this.size;
    for (const { marker } of this.panels.values()) {
      marker.hidden = !cursor;
      if (!cursor) continue;
      marker.style.left = `${(100 * (cursor[0] + 0.5)) / width}%`;
      marker.style.top = `${(100 * (cursor[1] + 0.5)) / height}%`;
    }
    this.onCursor(cursor, byKeyboard);
  }

  // All panels as one picture.
  picture() {
    const [height, width] = this.size;
    const names = [...this.panels.keys()];
    const columns = Math.min(3, names.length);
    const rows = Math.ceil(names.length / columns);
    const band = Math.max(18, Math.round(height / 16));
    const canvas = document.createElement("canvas");
    canvas.width = columns * width;
    canvas.height = rows * (height + band);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = "#111";
    context.font = `${Math.round(band * 0.65)}px system-ui, sans-serif`;
    names.forEach((name, i) => {
      const x = (i % columns) * width;
      const y = Math.floor(i / columns) * (height + band);
      const title = name === "photo" ? "Photo" : titleOf(name);
      context.fillText(title, x + band / 4, y + band * 0.72);
      context.drawImage(this.panels.get(name).canvas, x, y + band);
    });
    return canvas;
  }
}

function ramp() {
  const canvas = document.createElement("canvas");
  canvas.className = "ramp";
  canvas.width = 256;
  canvas.height = 1;
  const context = canvas.getContext("2d");
  const picture = new ImageData(256, 1);
  RAMP.forEach((color, i) => picture.data.set([...color, 255], 4 * i));
  context.putImageData(picture, 0, 0);
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

function chip(word, color) {
  const span = document.createElement("span");
  span.className = "chip";
  span.style.setProperty("--chip", color);
  span.textContent = word;
  return span;
}
