// Runs networks, away from the page, so that the page never stands still.
//
// A classic worker, since LiteRT's loader uses `importScripts`. Messages in:
// {id, run}; out: {id} and one of `progress`, `result`, `error`.

const VENDOR = new URL("./vendor/", self.location).href;
// Compiled networks that are kept: a photo upright and one across.
const MAX_MODELS = 2;

const modules = Promise.all([
  import("./pixels.js"),
  import("./vendor/litert.js"),
  import("./fetched.js"),
]);
const models = new Map();
let runtime = null;

self.onmessage = async ({ data: { id, run } }) => {
  const tell = (message, transfer = []) =>
    self.postMessage({ id, ...message }, { transfer });
  try {
    const result = await predict(run, (progress) => tell({ progress }));
    tell({ result }, Object.values(result.maps).map((map) => map.buffer));
  } catch (error) {
    tell({ error: String(error?.message ?? error).slice(0, 300) });
  }
};

// `file` of models.json on `photo`, RGBA bytes of `photoSize`; maps come at
// that size.
async function predict({ file, backend, threads, photo, photoSize }, progress) {
  const [pixels, litert] = await modules;
  runtime ??= await start(litert, backend, threads);
  const model = await compiled(litert, file, progress);
  const clock = stopwatch();
  const place = pixels.placeIn(photoSize, file.image_size);
  const image = pixels.toImage(photo, photoSize, file.image_size, place);
  clock("prepare");
  const input = new litert.Tensor(image, [1, ...file.image_size, 3]);
  const predicted = await model.run({ image: input });
  input.delete();
  const raw = {};
  for (const { name } of file.outputs) {
    const tensor = await predicted[name].moveTo("wasm");
    raw[name] = tensor.toTypedArray().slice();
    tensor.delete();
  }
  clock("network");
  const maps = {};
  for (const output of file.outputs) {
    const seen = pixels.crop(raw[output.name], file.image_size, place);
    maps[output.name] = pixels.decode(output, seen, place.size, photoSize);
  }
  clock("maps");
  return { maps, times: clock.times, size: place.size, runtime };
}

// With threads where they work: they need a newer WebAssembly as well.
async function start(litert, backend, threads) {
  const options =
    backend === "webgpu"
      ? [{ jspi: "Suspending" in WebAssembly }]
      : threads > 1
        ? [{ threads: true }, { threads: false }]
        : [{ threads: false }];
  for (const option of options) {
    // In a worker LiteRT doesn't find its files by itself.
    self.Module = {
      locateFile: (name) => VENDOR + name,
      mainScriptUrlOrBlob: `${VENDOR}litert_wasm_threaded_internal.js`,
    };
    try {
      await litert.loadLiteRt(VENDOR, option);
      return { backend, threads: option.threads ? threads : 1 };
    } catch (error) {
      if (option === options.at(-1)) throw error;
    }
  }
}

async function compiled(litert, file, progress) {
  const known = models.get(file.model);
  if (known) return known;
  const bytes = await download(file.model, progress);
  progress({ phase: "prepare" });
  const model = await litert.loadAndCompile(bytes, {
    accelerator: runtime.backend,
    cpuOptions: { numThreads: runtime.threads },
  });
  if (models.size >= MAX_MODELS) {
    const [oldest] = models.keys();
    models.get(oldest).delete();
    models.delete(oldest);
  }
  models.set(file.model, model);
  return model;
}

function stopwatch() {
  let last = performance.now();
  const clock = (stage) => {
    const now = performance.now();
    clock.times[stage] = now - last;
    last = now;
  };
  clock.times = {};
  return clock;
}

async function download(url, progress) {
  const [, , { fetched }] = await modules;
  const response = await fetched(url);
  const total = Number(response.headers.get("Content-Length")) || 0;
  const parts = [];
  let received = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    received += value.length;
    progress({ phase: "download", received, total });
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
