// Maps as RGBA pictures, in the colours that the library draws them in.

const VIRIDIS = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37],
];

// 256 steps of viridis.
export const RAMP = Array.from({ length: 256 }, (_, i) => {
  const place = (i / 255) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[low].map((from, c) =>
    Math.round(from + (place - low) * (VIRIDIS[low + 1][c] - from)),
  );
});

const KINDS = {
  classes: "classes",
  unit_vectors: "normals",
  probabilities: "probability",
};

export const kindOf = (output) => KINDS[output.decoding] ?? "measure";

// The least and the greatest known value.
export function rangeOf(output, map) {
  const isKnown =
    output.decoding === "non_negative" ? (value) => value > 0 : () => true;
  let low = Infinity;
  let high = -Infinity;
  for (const value of map) {
    if (value < low && isKnown(value)) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

export const classOf = (output, id) => ({
  word: output.class_names?.[id] ?? `class ${id}`,
  color: `rgb(${output.colors[id].join(" ")})`,
});

// The classes that occur, with their share, the largest first.
export function sharesOf(output, map) {
  const counts = new Uint32Array(output.colors.length);
  for (const id of map) counts[id] += 1;
  return [...counts]
    .map((count, id) => ({ id, share: count / map.length }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
}

// What a map's colours mean, in parts: words, the ramp, and {word, color}.
export function keyOf(output, map) {
  switch (kindOf(output)) {
    case "classes":
      return sharesOf(output, map).map(({ id }) => classOf(output, id));
    case "normals":
      return [
        { word: "right", color: "#f08080" },
        { word: "up", color: "#80f080" },
        { word: "at you", color: "#8080f0" },
      ];
    case "probability":
      return ["white: certain"];
    default: {
      const [low, high] = rangeOf(output, map).map((v) => v.toFixed(1));
      return [low, RAMP, [high, output.unit].filter(Boolean).join(" ")];
    }
  }
}

// Fills RGBA bytes with one task's picture. `shown(i)`: whether pixel i is
// among the classes that the legend leaves on.
export function paint(rgba, output, map, shown) {
  const count = rgba.length / 4;
  const color = painterOf(output, map, count);
  for (let i = 0; i < count; i++) {
    color(i, rgba, 4 * i);
    rgba[4 * i + 3] = shown(i) ? 255 : 24;
  }
}

function painterOf(output, map, count) {
  const kind = kindOf(output);
  if (kind === "classes") {
    return (i, rgba, at) => {
      const [r, g, b] = output.colors[map[i]];
      rgba[at] = r;
      rgba[at + 1] = g;
      rgba[at + 2] = b;
    };
  }
  if (kind === "normals") {
    // Right is red, up green, at the camera blue.
    return (i, rgba, at) => {
      rgba[at] = (map[3 * i] + 1) * 127.5;
      rgba[at + 1] = (1 - map[3 * i + 1]) * 127.5;
      rgba[at + 2] = (1 - map[3 * i + 2]) * 127.5;
    };
  }
  const [low, high] = kind === "measure" ? rangeOf(output, map) : [0, 1];
  const scale = 255 / Math.max(high - low, 1e-9);
  const step = (value) =>
    Math.max(0, Math.min(255, Math.round((value - low) * scale)));
  const channels = map.length / count;
  return (i, rgba, at) => {
    const first = step(map[channels * i]);
    let color = kind === "measure" ? RAMP[first] : [first, first, first];
    // Of more channels than one the first three are a colour.
    if (channels >= 3) {
      color = [0, 1, 2].map((c) => step(map[channels * i + c]));
    }
    [rgba[at], rgba[at + 1], rgba[at + 2]] = color;
  };
}
