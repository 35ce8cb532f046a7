// Gives this folder's files the headers of headers.js, on hosts that don't: only
// then may WebAssembly have threads, and only then is a worker, which goes by
// its own file's policy, bound to send nothing elsewhere.

importScripts("headers.js");

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) =>
  event.waitUntil(self.clients.claim()),
);
self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).origin !== location.origin) return;
  event.respondWith(guarded(event.request));
});

async function guarded(request) {
  const response = await fetch(request);
  if (response.type === "opaqueredirect" || response.status === 304) {
    return response;
  }
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
