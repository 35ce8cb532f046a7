"""A server of static files, for this machine, that isolates the page."""

import functools
import http.server

# Isolation gives WebAssembly its threads. `frame-ancestors` can't stand in the
# page itself, where the rest of the policy is.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; "
    "script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; asks and answers nothing else."""

    protocol_version = "HTTP/1.1"
    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".tflite": "application/octet-stream",
        ".wasm": "application/wasm",
    }

    def end_headers(self):
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *arguments):
        del arguments


def make_server(folder, host="127.0.0.1", port=0):
    """A server of a folder, which `serve_forever()` starts.

    Args:
        folder: String or path.
        host: String. Defaults to `"127.0.0.1"`.
        port: Integer; 0 takes any free one. Defaults to `0`.

    Returns:
        A `http.server.ThreadingHTTPServer`.

    Raises:
        OSError: If the port is taken.
    """
    handler = functools.partial(Handler, directory=str(folder))
    try:
        return http.server.ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise OSError(
            f"--port={port} on {host} can't be used ({error.strerror}); give "
            "another one, or 0 for any."
        ) from error


def serve(folder, host, port):
    """Serve a folder until it is interrupted."""
    with make_server(folder, host, port) as server:
        print(f"http://{host}:{server.server_port}/  (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
