// What the maps say of one pixel, in words and numbers.

import { classOf, kindOf } from "./colors.js";
import { titleOf } from "./panels.js";

// Where a surface faces that has this normal: x right, y down, z forward.
function facing([x, y, z]) {
  const words = [
    [-y, "up"],
    [y, "down"],
    [-x, "left"],
    [x, "right"],
    [-z, "at you"],
    [z, "away"],
  ];
  return words
    .filter(([share]) => share > 0.38)
    .sort((a, b) => b[0] - a[0])
    .slice(0, 2)
    .map(([, word]) => word)
    .join(" and ");
}

// Pairs of a title and a value, and for classes the colour.
export function describe(outputs, { photo, maps, notes }, [x, y]) {
  const [height, width] = photo.size;
  const at = y * width + x;
  return outputs.map((output) => {
    const map = maps[output.name];
    const title = [titleOf(output.name), notes[output.name]]
      .filter(Boolean)
      .join(", ");
    switch (kindOf(output)) {
      case "classes": {
        const { word, color } = classOf(output, map[at]);
        return { title, value: word, color };
      }
      case "normals": {
        const normal = map.subarray(3 * at, 3 * at + 3);
        const numbers = [...normal].map((v) => v.toFixed(2).replace("-", "−"));
        return { title, value: `${facing(normal)} (${numbers.join(", ")})` };
      }
      case "probability":
        return { title, value: `${Math.round(100 * map[at])} %` };
      default: {
        const channels = map.length / (height * width);
        const values = [...map.subarray(channels * at, channels * (at + 1))];
        const numbers = values.map((v) => v.toFixed(2)).join(", ");
        return { title, value: [numbers, output.unit].filter(Boolean).join(" ") };
      }
    }
  });
}

export function show(list, entries, place) {
  const items = entries.map(({ title, value, color }) => {
    const item = document.createElement("div");
    const term = document.createElement("dt");
    term.textContent = title;
    const text = document.createElement("dd");
    text.textContent = value;
    if (color) {
      text.className = "chip";
      text.style.setProperty("--chip", color);
    }
    item.append(term, text);
    return item;
  });
  const where = document.createElement("div");
  where.className = "where";
  where.textContent = place;
  list.replaceChildren(...items, where);
}
