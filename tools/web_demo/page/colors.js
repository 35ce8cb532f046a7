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

export function kindOf(output) {
  if (output.colors) return "classes";
  if (output.task === "SurfaceNormals") return "normals";
  return output.unit ? "measure" : "probability";
}

// The least and the greatest known value.
export function rangeOf(map) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of map) {
    if (value > 0 && value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

// Fills RGBA bytes with one task's picture. `shown(i)`: whether pixel i is
// among the classes that the legend leaves on.
export function paint(rgba, output, map, shown) {
  const color = painterOf(output, map);
  for (let i = 0; i < rgba.length / 4; i++) {
    color(i, rgba, 4 * i);
    rgba[4 * i + 3] = shown(i) ? 255 : 24;
  }
}

function painterOf(output, map) {
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
  const [low, high] = kind === "measure" ? rangeOf(map) : [0, 1];
  const scale = 255 / Math.max(high - low, 1e-9);
  return (i, rgba, at) => {
    const step = Math.round((map[i] - low) * scale);
    const index = Math.max(0, Math.min(255, step));
    const [r, g, b] =
      kind === "measure" ? RAMP[index] : [index, index, index];
    rgba[at] = r;
    rgba[at + 1] = g;
    rgba[at + 2] = b;
  };
}
