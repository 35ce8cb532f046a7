"""What the page runs on, from npm: fetched once, checked, kept in the cache.

Of each package only the files that the page loads are taken; no script of a
package is run.
"""

import base64
import hashlib
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

from mtl_zoo.utils import cache_folder

VERSIONS = {
    "@litertjs/core": "2.5.3",
    "@litertjs/wasm-utils": "2.5.3",
    "onnxruntime-web": "1.30.0",
    "three": "0.187.0",
}

# What the page loads; the others are what it is compared with.
PAGE = ("@litertjs/core", "@litertjs/wasm-utils", "three")

# The sha512 of each package, as npm's lock files write it.
_INTEGRITY = {
    "@litertjs/core": (
        "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkv"
        "iYGr9OFDL1kCnN4nzWoyJQ=="
    ),
    "@litertjs/wasm-utils": (
        "4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2k"
        "T39A9OYBVdFawteZ/sI1kQ=="
    ),
    "onnxruntime-web": (
        "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02V"
        "b7QmRMDs1SigqR4CXAfKYQ=="
    ),
    "three": (
        "Qiu7R+Cmh8CstZsY1uJOSWnVlfo7ZtNLV7mF8Jltk3LB3AtDu9cRZlcnRKkAk8Y4"
        "z6KKw35z7Y7Urd7jWY8etA=="
    ),
}

# LiteRT as compiled for browsers with and without threads, with calls that
# wait (for WebGPU), and for old ones; a browser loads one of them.
_KINDS = ("_threaded", "", "_jspi", "_compat")

# Which files of a package the page takes, and their names there.
_FILES = {
    "@litertjs/core": {
        "dist/index.js": "litert.js",
        **{
            f"wasm/litert_wasm{kind}_internal.{suffix}": (
                f"litert_wasm{kind}_internal.{suffix}"
            )
            for kind in _KINDS
            for suffix in ("js", "wasm")
        },
    },
    "@litertjs/wasm-utils": {"dist/index.js": "litert_wasm_utils.js"},
    "onnxruntime-web": {
        f"dist/{name}": name
        for name in (
            "ort.wasm.min.mjs",
            "ort-wasm-simd-threaded.mjs",
            "ort-wasm-simd-threaded.wasm",
        )
    },
    "three": {
        "build/three.module.js": "three.module.js",
        "build/three.core.js": "three.core.js",
        "examples/jsm/controls/OrbitControls.js": "OrbitControls.js",
        "LICENSE": "three.LICENSE",
    },
}

# Browsers know no packages by name.
_IMPORTS = {
    b'from "@litertjs/wasm-utils"': b'from "./litert_wasm_utils.js"',
    b"from 'three'": b"from './three.module.js'",
}


def check(names=PAGE):
    """Raise unless all packages are in the cache, or npm is there.

    Args:
        names: Sequence of strings. Defaults to those of the page.

    Raises:
        ImportError: If neither is so.
    """
    missing = [name for name in names if not _folder(name).is_dir()]
    if missing and not shutil.which("npm"):
        wanted = " and ".join(f"{name} {VERSIONS[name]}" for name in missing)
        raise ImportError(
            f"The page needs {wanted}, which npm fetches, and npm is not on "
            "PATH: install Node.js (https://nodejs.org)."
        )


def lay_out(folder, names=PAGE):
    """Put what a page loads into a folder.

    Args:
        folder: `pathlib.Path`, made where it isn't there.
        names: Sequence of strings, the packages. Defaults to those of the
            try-it page.

    Raises:
        ValueError: If npm can't fetch a package, or gives another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        files = _FILES[name]
        source = _fetched(name)
        for file, target in files.items():
            content = (source / file).read_bytes()
            if target.endswith((".js", ".mjs")):
                for package, path in _IMPORTS.items():
                    content = content.replace(package, path)
                # Developer tools would ask for a file that is not there.
                content = re.sub(rb"\n//# sourceMappingURL=.*", b"", content)
            (folder / target).write_bytes(content)


def licenses():
    """The licences of what the page consists of, as one text."""
    litert = VERSIONS["@litertjs/core"]
    three = (_fetched("three") / "LICENSE").read_text(encoding="utf-8")
    apache = "Apache License 2.0, https://www.apache.org/licenses/LICENSE-2.0"
    return "\n\n".join(
        (
            f"mtl_zoo, its networks and this page\n{apache}",
            f"LiteRT.js {litert}, Copyright 2025 Google LLC\n{apache}",
            f"three.js {VERSIONS['three']}\n{three.strip()}",
            "Sample photos: Poly Haven\n"
            "CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/",
        )
    )


def _folder(name):
    short = name.replace("@", "").replace("/", "-")
    return cache_folder("npm", f"{short}-{VERSIONS[name]}")


def _fetched(name):
    """The folder of a package's files."""
    folder = _folder(name)
    if folder.is_dir():
        return folder
    specification = f"{name}@{VERSIONS[name]}"
    print(f"Fetching {specification} …", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        temporary = pathlib.Path(temporary)
        result = subprocess.run(
            [shutil.which("npm"), "pack", "--silent", specification],
            cwd=temporary,
            capture_output=True,
            text=True,
            check=False,
        )
        archives = list(temporary.glob("*.tgz"))
        if result.returncode or len(archives) != 1:
            reason = " ".join(result.stderr.split())[-200:]
            raise ValueError(f"npm can't fetch {specification}: {reason}")
        digest = hashlib.sha512(archives[0].read_bytes()).digest()
        if base64.b64encode(digest).decode() != _INTEGRITY[name]:
            raise ValueError(f"npm gave another {specification} than expected.")
        whole = temporary / "package"
        with tarfile.open(archives[0]) as archive:
            for file in _FILES[name]:
                content = archive.extractfile(f"package/{file}").read()
                (whole / file).parent.mkdir(parents=True, exist_ok=True)
                (whole / file).write_bytes(content)
        whole.rename(folder)
    return folder
