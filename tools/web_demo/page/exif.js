// The field of view that a JPEG's Exif data tell, by the rule of
// mtl_zoo/utils/camera.py: of the focal length, as on 35 mm film.

import { angleOf } from "./camera.js";

// Exif data stand at a file's start.
const MOST_BYTES = 1 << 18;
const FILM_DIAGONAL = 43.27; // millimetres

const EXIF_DIRECTORY = 0x8769;
const FOCAL_LENGTH_ON_FILM = 0xa405;

// Degrees across the picture, whose size is that when it is upright; `null`
// where the file doesn't tell.
export async function readFieldOfView(file, [height, width]) {
  const bytes = await file.slice(0, MOST_BYTES).arrayBuffer();
  let length;
  try {
    length = focalLength(exifOf(new DataView(bytes)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null; // It points beyond its end: damaged.
  }
  // 0 says that it is not known.
  if (!(length >= 5 && length <= 2000)) return null;
  return angleOf((length / FILM_DIAGONAL) * Math.hypot(width, height), width);
}

// The part of a JPEG that holds Exif data, a TIFF file in itself.
function exifOf(jpeg) {
  if (jpeg.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; ; ) {
    const [marker, length] = [jpeg.getUint16(at), jpeg.getUint16(at + 2)];
    if (marker >> 8 !== 0xff || marker === 0xffda) return null; // the picture
    const isExif = marker === 0xffe1 && jpeg.getUint32(at + 4) === 0x45786966;
    if (isExif) return new DataView(jpeg.buffer, at + 10, length - 8);
    at += 2 + length;
  }
}

function focalLength(tiff) {
  if (!tiff) return null;
  const little = tiff.getUint16(0) === 0x4949;
  const valueOf = (tag, directory) => {
    const count = tiff.getUint16(directory, little);
    for (let i = 0; i < count; i++) {
      const at = directory + 2 + 12 * i;
      if (tiff.getUint16(at, little) !== tag) continue;
      const type = tiff.getUint16(at + 2, little);
      if (type === 3) return tiff.getUint16(at + 8, little);
      return type === 4 ? tiff.getUint32(at + 8, little) : null;
    }
    return null;
  };
  const exif = valueOf(EXIF_DIRECTORY, tiff.getUint32(4, little));
  return exif && valueOf(FOCAL_LENGTH_ON_FILM, exif);
}
