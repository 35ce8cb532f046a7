// One network in two runtimes, in turns, so that whatever else the machine does
// slows both. The milliseconds of every run go into `data-measured`.

import * as litert from "./vendor/litert.js";
import * as ort from "./vendor/ort.wasm.min.mjs";

const VENDOR = new URL("./vendor/", location).href;

async function main() {
  const { size, files, rounds } = await (await fetch("files.json")).json();
  const threads = crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const image = Float32Array.from(
    { length: size[0] * size[1] * 3 },
    (_, i) => (i * 7919) % 256,
  );
  const shape = [1, ...size, 3];
  await litert.loadLiteRt(VENDOR, { threads: threads > 1 });
  ort.env.wasm.wasmPaths = VENDOR;
  ort.env.wasm.numThreads = threads;
  const open = { tflite: openTFLite, onnx: openOnnx };
  const runs = {};
  const milliseconds = {};
  for (const file of files) {
    runs[file] = await open[file.split(".").at(-1)](file, image, shape, threads);
    await runs[file](); // The first run prepares.
    milliseconds[file] = [];
  }
  for (let i = 0; i < rounds; i++) {
    for (const file of files) {
      const start = performance.now();
      await runs[file]();
      milliseconds[file].push(performance.now() - start);
    }
  }
  return { threads, milliseconds };
}

async function openTFLite(file, image, shape, threads) {
  const model = await litert.loadAndCompile(file, {
    accelerator: "wasm",
    cpuOptions: { numThreads: threads },
  });
  return async () => {
    const input = new litert.Tensor(image, shape);
    const outputs = await model.run({ image: input });
    input.delete();
    for (const tensor of Object.values(outputs)) {
      (await tensor.moveTo("wasm")).toTypedArray().slice();
      tensor.delete();
    }
  };
}

async function openOnnx(file, image, shape) {
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ["wasm"],
  });
  return () => session.run({ image: new ort.Tensor("float32", image, shape) });
}

const tell = (measured) => {
  document.body.dataset.measured = JSON.stringify(measured);
};
main().then(tell, (error) => tell({ error: String(error?.message ?? error) }));
