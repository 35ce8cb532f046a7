// Panels as one picture to be saved, each with its title and key below it.

import { RAMP } from "./colors.js";

// `panels`: [{canvas, caption}], canvases of one size; a caption's parts are a
// title's words and those of `keyOf`.
export function pictureOf(panels, [height, width]) {
  const columns = Math.min(3, panels.length);
  const line = Math.max(18, Math.round(height / 16));
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const font = `${Math.round(line * 0.6)}px system-ui, sans-serif`;
  context.font = font;
  const captions = panels.map(({ caption }) =>
    wrap(caption, width, line, (text) => context.measureText(text).width),
  );
  // Pictures of a row begin at one height.
  const tops = [0];
  for (let first = 0; first < panels.length; first += columns) {
    const row = captions.slice(first, first + columns);
    const lines = Math.max(...row.map((caption) => caption.at(-1).line + 1));
    tops.push(tops.at(-1) + height + lines * line);
  }
  canvas.width = columns * width;
  canvas.height = tops.at(-1);
  context.font = font;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  panels.forEach((panel, i) => {
    const x = (i % columns) * width;
    const y = tops[Math.floor(i / columns)];
    context.drawImage(panel.canvas, x, y);
    for (const part of captions[i]) {
      draw(context, part, x, y + height + part.line * line, line);
    }
  });
  return canvas;
}

// The ramp and a chip's square, in lines of text.
const RAMP_WIDTH = 4;
const CHIP_WIDTH = 0.8;

// Where each part of a caption begins: {part, line, left, room}.
function wrap(caption, width, line, measure) {
  const margin = line / 4;
  let [left, row] = [margin, 0];
  return caption.map((part) => {
    const wide =
      part === RAMP
        ? RAMP_WIDTH * line
        : part.word
          ? CHIP_WIDTH * line + measure(part.word)
          : measure(part);
    if (left > margin && left + wide > width - margin) {
      left = margin;
      row += 1;
    }
    const place = { part, line: row, left, room: width - margin - left };
    left += wide + line / 2;
    return place;
  });
}

function draw(context, { part, left, room }, x, y, line) {
  if (part === RAMP) {
    const [wide, high] = [RAMP_WIDTH * line, line / 2];
    context.drawImage(ramp(), x + left, y + line / 4, wide, high);
    return;
  }
  const indent = part.word ? CHIP_WIDTH * line : 0;
  if (part.word) {
    const side = 0.6 * line;
    context.fillStyle = part.color;
    context.fillRect(x + left, y + 0.2 * line, side, side);
  }
  context.fillStyle = "#111";
  const text = part.word ?? part;
  context.fillText(text, x + left + indent, y + 0.72 * line, room - indent);
}

export function ramp() {
  const canvas = document.createElement("canvas");
  canvas.className = "ramp";
  canvas.width = RAMP.length;
  canvas.height = 1;
  const context = canvas.getContext("2d");
  const picture = new ImageData(RAMP.length, 1);
  RAMP.forEach((color, i) => picture.data.set([...color, 255], 4 * i));
  context.putImageData(picture, 0, 0);
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}
