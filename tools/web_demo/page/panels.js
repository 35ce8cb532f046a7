// The photo and its maps, side by side or laid over one another, with one
// cursor for all of them.

import { keyOf, kindOf, paint, RAMP } from "./colors.js";
import { chip } from "./dom.js";
import { pictureOf, ramp } from "./picture.js";

const TITLES = {
  photo: "Photo",
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
  // `onCursor([x, y] | null, byKeyboard)` is told of every move, `onSave(name,
  // canvas)` which map is to be saved.
  constructor(root, onCursor, onSave) {
    this.root = root;
    this.onCursor = onCursor;
    this.onSave = onSave;
    this.panels = new Map();
    this.cursor = null;
    this.size = [3, 4];
    root.addEventListener("pointermove", (event) => this.point(event));
    root.addEventListener("pointerdown", (event) => this.point(event));
    root.addEventListener("pointerleave", (event) => {
      // A finger leaves as it is lifted; what it touched stays told.
      if (event.pointerType === "mouse") this.moveTo(null);
    });
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
    caption.textContent = titleOf(name);
    const key = document.createElement("span");
    key.className = "key";
    const save = document.createElement("button");
    save.type = "button";
    save.textContent = "↓";
    save.title = `Save ${titleOf(name)} (.png)`;
    save.setAttribute("aria-label", save.title);
    save.disabled = true;
    save.onclick = () => this.onSave(name, canvas);
    caption.append(key, ...(name === "photo" ? [] : [save]));
    figure.append(frame, caption);
    const panel = { figure, canvas, marker, key, save, parts: [] };
    this.panels.set(name, panel);
    return figure;
  }

  // `photo`: {pixels, size, name}; `maps`: name → map, or null; `notes`: name →
  // what else is to be said of a map.
  draw(photo, maps, notes, shown) {
    this.size = photo.size;
    const [height, width] = photo.size;
    for (const [name, { canvas, key, save }] of this.panels) {
      save.disabled = !maps;
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
        this.describe(output, maps[name], notes[name], photo.name);
      } else {
        context.clearRect(0, 0, width, height);
        canvas.setAttribute("aria-label", titleOf(name));
        key.replaceChildren();
      }
    }
    this.root.style.setProperty("--ratio", `${width} / ${height}`);
  }

  describe(output, map, note, photoName) {
    const panel = this.panels.get(output.name);
    panel.parts = [...keyOf(output, map), ...(note ? [note] : [])];
    const kind = kindOf(output);
    let text = titleOf(output.name);
    // The classes' key is the legend.
    if (kind !== "classes") {
      const parts = panel.parts.map((part) =>
        part === RAMP ? ramp() : part.word ? chip(part) : word(part),
      );
      panel.key.replaceChildren(...parts);
    }
    if (kind === "measure") {
      const [low, , high] = panel.parts;
      text += `, from ${low} to ${high}`;
    }
    if (note) text += `, ${note},`;
    panel.canvas.setAttribute("aria-label", `${text} of ${photoName}`);
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
    const panels = [...this.panels].map(([name, { canvas, parts }]) => ({
      canvas,
      caption: [titleOf(name), ...parts],
    }));
    return pictureOf(panels, this.size);
  }
}

function word(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}
