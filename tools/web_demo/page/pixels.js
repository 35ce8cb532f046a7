// From a photo to the network's image, and from its predictions to maps: the
// same arithmetic as the library's: antialiased bilinear resizing as
// Pillow does it, rounded to bytes after each pass; predictions are brought to
// the photo's size before they are decoded, so that classes come from logits.

// For every pixel of a row of `to` pixels, which of `from` pixels it is made
// of, and with what weights: a triangle as wide as the pixel. `extent`: how
// many pixels the row really has, where the last one is not a whole one.
export function taps(from, to, extent = from) {
  const scale = extent / to;
  const support = Math.max(scale, 1);
  const result = new Array(to);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - support + 0.5));
    const end = Math.min(from, Math.floor(center + support + 0.5));
    const weights = new Float64Array(end - first);
    let sum = 0;
    for (let j = 0; j < weights.length; j++) {
      const distance = Math.abs(first + j - center + 0.5) / support;
      weights[j] = Math.max(0, 1 - distance);
      sum += weights[j];
    }
    for (let j = 0; j < weights.length; j++) weights[j] /= sum;
    result[i] = { first, weights };
  }
  return result;
}

// Where a photo lies in an image of a fixed size: as large as fits, in the
// middle, with its proportions. A pixel more or less is rounding, not a border.
export function placeIn([height, width], [toHeight, toWidth]) {
  const scale = Math.min(toHeight / height, toWidth / width);
  const size = [
    [height, toHeight],
    [width, toWidth],
  ].map(([side, most]) => {
    const scaled = Math.max(1, Math.round(side * scale));
    return most - scaled <= 1 ? most : scaled;
  });
  const top = (toHeight - size[0]) >> 1;
  const left = (toWidth - size[1]) >> 1;
  return { size, top, left };
}

// RGBA bytes as RGB floats (height, width, 3), where `placeIn` says; beyond
// its border the photo goes on as at its border.
export function toImage(rgba, photoSize, [toHeight, toWidth], place) {
  const [innerHeight, innerWidth] = place.size;
  const { pixels, size, extent } = reduce(rgba, photoSize, place.size);
  const [height, width] = size;
  const wide = new Uint8ClampedArray(height * innerWidth * 3);
  taps(width, innerWidth, extent[1]).forEach(({ first, weights }, x) => {
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        let from = 3 * (y * width + first) + c;
        for (let j = 0; j < weights.length; j++, from += 3) {
          sum += weights[j] * pixels[from];
        }
        wide[3 * (y * innerWidth + x) + c] = Math.floor(sum + 0.5);
      }
    }
  });
  const image = new Float32Array(toHeight * toWidth * 3);
  const rows = taps(height, innerHeight, extent[0]);
  const line = new Float32Array(3 * innerWidth);
  for (let y = 0; y < toHeight; y++) {
    const { first, weights } = rows[clamp(y - place.top, innerHeight)];
    for (let i = 0; i < line.length; i++) {
      let sum = 0;
      for (let j = 0; j < weights.length; j++) {
        sum += weights[j] * wide[(first + j) * line.length + i];
      }
      line[i] = Math.floor(sum + 0.5);
    }
    for (let x = 0; x < toWidth; x++) {
      const from = 3 * clamp(x - place.left, innerWidth);
      image.set(line.subarray(from, from + 3), 3 * (y * toWidth + x));
    }
  }
  return image;
}

// RGBA bytes as RGB bytes; where they are to shrink to less than a quarter,
// averaged in blocks first, which is fast.
function reduce(rgba, photoSize, toSize) {
  const [down, across] = photoSize.map((side, i) =>
    Math.max(1, Math.floor(side / toSize[i] / 2)),
  );
  const [rows, columns] = photoSize;
  const size = [Math.ceil(rows / down), Math.ceil(columns / across)];
  const pixels = new Uint8ClampedArray(size[0] * size[1] * 3);
  for (let y = 0, at = 0; y < size[0]; y++) {
    const bottom = Math.min(rows, (y + 1) * down);
    for (let x = 0; x < size[1]; x++, at += 3) {
      const right = Math.min(columns, (x + 1) * across);
      let [red, green, blue, count] = [0, 0, 0, 0];
      for (let row = y * down; row < bottom; row++) {
        for (let column = x * across; column < right; column++, count++) {
          const from = 4 * (row * columns + column);
          red += rgba[from];
          green += rgba[from + 1];
          blue += rgba[from + 2];
        }
      }
      // Rounded in whole numbers, as Pillow does.
      const share = Math.floor(2 ** 24 / count);
      const mean = (sum) => Math.floor(((sum + (count >> 1)) * share) / 2 ** 24);
      pixels[at] = mean(red);
      pixels[at + 1] = mean(green);
      pixels[at + 2] = mean(blue);
    }
  }
  return { pixels, size, extent: [rows / down, columns / across] };
}

const clamp = (i, count) => Math.max(0, Math.min(count - 1, i));

// The part of a map (height, width, channels) where the photo lies.
export function crop(map, [height, width], { size, top, left }) {
  if (size[0] === height && size[1] === width) return map;
  const channels = map.length / (height * width);
  const row = size[1] * channels;
  const part = new Float32Array(size[0] * row);
  for (let y = 0; y < size[0]; y++) {
    const from = ((y + top) * width + left) * channels;
    part.set(map.subarray(from, from + row), y * row);
  }
  return part;
}

// One task's raw prediction as its decoded map at another size.
export function decode(output, raw, [height, width], [toHeight, toWidth]) {
  const channels = raw.length / (height * width);
  const finish = decoderOf(output, channels, toHeight * toWidth);
  const columns = taps(width, toWidth);
  const blended = new Float32Array(width * channels);
  const pixel = new Float32Array(channels);
  taps(height, toHeight).forEach((rows, y) => {
    blended.fill(0);
    rows.weights.forEach((weight, j) => {
      const from = (rows.first + j) * width * channels;
      for (let i = 0; i < blended.length; i++) {
        blended[i] += weight * raw[from + i];
      }
    });
    for (let x = 0; x < toWidth; x++) {
      const { first, weights } = columns[x];
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) {
          sum += weights[j] * blended[(first + j) * channels + c];
        }
        pixel[c] = sum;
      }
      finish.pixel(pixel, y * toWidth + x);
    }
  });
  return finish.map;
}

// What the numbers of one kind of task mean, as the file's description says.
function decoderOf(output, channels, count) {
  if (output.decoding === "classes") {
    const map = new Uint8Array(count);
    const pixel = (logits, at) => {
      let best = 0;
      for (let c = 1; c < channels; c++) {
        if (logits[c] > logits[best]) best = c;
      }
      map[at] = best;
    };
    return { map, pixel };
  }
  const map = new Float32Array(count * channels);
  if (output.decoding === "unit_vectors") {
    const pixel = ([x, y, z], at) => {
      const length = Math.max(Math.sqrt(x * x + y * y + z * z), 1e-6);
      map[3 * at] = x / length;
      map[3 * at + 1] = y / length;
      map[3 * at + 2] = z / length;
    };
    return { map, pixel };
  }
  const values = {
    non_negative: (raw) => Math.max(raw, 0),
    probabilities: (raw) => 1 / (1 + Math.exp(-raw)),
  };
  const value = values[output.decoding] ?? ((raw) => raw);
  const pixel = (raw, at) => {
    for (let c = 0; c < channels; c++) map[channels * at + c] = value(raw[c]);
  };
  return { map, pixel };
}
