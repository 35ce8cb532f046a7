// The page's side of the worker: a promise for every run.

export class Engine {
  constructor() {
    this.waiting = new Map();
    this.next = 0;
  }

  // `what` as the worker takes it, without `threads`.
  run(what, progress) {
    // A worker keeps to one backend.
    if (this.backend !== what.backend) this.start(what.backend);
    const id = this.next++;
    const run = { ...what, threads: threadCount() };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, progress });
      this.worker.postMessage({ id, run }, [what.photo.buffer]);
    });
  }

  start(backend) {
    this.worker?.terminate();
    this.backend = backend;
    this.worker = new Worker("worker.js");
    this.worker.onmessage = ({ data }) => this.answer(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.backend = null;
      for (const { reject } of this.waiting.values()) {
        reject(new Error(event.message || "The worker could not be started."));
      }
      this.waiting.clear();
    };
  }

  answer({ id, progress, result, error }) {
    const asked = this.waiting.get(id);
    if (progress) return asked.progress(progress);
    this.waiting.delete(id);
    if (error === undefined) asked.resolve(result);
    else asked.reject(new Error(error));
  }
}

// The first is the default: WebGPU where there is a device for it, and not one
// that is only imitated.
export async function backends() {
  const found = [{ name: "wasm", title: "WebAssembly" }];
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  const webgpu = { name: "webgpu", title: "WebGPU" };
  if (adapter?.info?.isFallbackAdapter) found.push(webgpu);
  else if (adapter) found.unshift(webgpu);
  return found;
}

// Threads need memory that is shared, which pages have when isolated.
function threadCount() {
  if (!crossOriginIsolated) return 1;
  return Math.max(1, Math.min(8, navigator.hardwareConcurrency || 1));
}
