// Photos from files, samples and the camera; every refusal is one sentence.

import { readFieldOfView } from "./exif.js";

const MAX_MEGAPIXELS = 40;
// The longest side of what is shown, and of what can be downloaded.
const VIEW_SIDE = 960;
const CAMERA_SIDE = 480;

export class Refused extends Error {}

// A picture file as {pixels (RGBA), size, name, note, fov}.
export async function readFile(file, name = file.name) {
  const url = URL.createObjectURL(file);
  try {
    const photo = await readUrl(url, name);
    photo.fov = await readFieldOfView(file, photo.size);
    return photo;
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function readUrl(url, name) {
  const image = new Image();
  image.src = url;
  try {
    // The size is known before the picture is unpacked.
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
    });
  } catch {
    throw new Refused(
      `${name} is not a picture that this browser can read. ` +
        "JPEG, PNG, WebP and AVIF work everywhere.",
    );
  }
  const { naturalWidth: width, naturalHeight: height } = image;
  const megapixels = (width * height) / 1e6;
  if (megapixels > MAX_MEGAPIXELS) {
    throw new Refused(
      `${name} has ${Math.round(megapixels)} megapixels; at most ` +
        `${MAX_MEGAPIXELS} are taken, so that a phone's memory suffices. ` +
        "Save it smaller and try again.",
    );
  }
  const scale = Math.min(1, VIEW_SIDE / Math.max(width, height));
  const photo = draw(image, width, height, scale);
  photo.name = name.replace(/\.[^.]*$/, "");
  photo.note =
    scale < 1
      ? `${width}×${height}, shown at ${photo.size[1]}×${photo.size[0]}`
      : `${width}×${height}`;
  return photo;
}

function draw(source, width, height, scale) {
  const size = [height, width].map((n) => Math.max(1, Math.round(n * scale)));
  const canvas = new OffscreenCanvas(size[1], size[0]);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  // Transparency is laid on white, as the library does.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, size[1], size[0]);
  context.drawImage(source, 0, 0, size[1], size[0]);
  const pixels = context.getImageData(0, 0, size[1], size[0]).data;
  return { pixels, size };
}

// The camera's stream; whoever takes it closes it.
export async function openCamera() {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Refused(
      "This page may not use a camera: browsers allow it on https:// and " +
        "on localhost only.",
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 640 } },
      audio: false,
    });
  } catch (error) {
    throw new Refused(
      error.name === "NotAllowedError"
        ? "The camera was refused. Allow it in the browser's settings for " +
            "this page, or choose a photo instead."
        : error.name === "NotFoundError"
          ? "There is no camera here. Choose a photo instead."
          : `The camera does not start (${error.message}).`,
    );
  }
}

export function closeCamera(stream) {
  stream?.getTracks().forEach((track) => track.stop());
}

export function grab(video) {
  const { videoWidth: width, videoHeight: height } = video;
  const scale = Math.min(1, CAMERA_SIDE / Math.max(width, height));
  const frame = draw(video, width, height, scale);
  return { ...frame, name: "camera", note: `${width}×${height}, live` };
}
