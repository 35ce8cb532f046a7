"""What pyproject.toml can't say: which presets are shipped, and whence.

In a checkout all presets lie in `presets/`. An installation has the registry
and those named here, as `mtl_zoo/presets/bundled/`; the others are downloaded.
"""

import pathlib

from setuptools import setup
from setuptools.command.build_py import build_py

# Small enough for everyone: a network for photographs, and ImageNet's weights.
SHIPPED = (
    "hard_sharing_efficientnet_lite0_rooms",
    "efficientnet_lite0_imagenet",
)
SOURCE = pathlib.Path("presets")
TARGET = pathlib.Path("mtl_zoo", "presets", "bundled")


class BuildWithPresets(build_py):
    """Copies the presets to where the installed library looks for them."""

    def _presets(self):
        files = [SOURCE / "registry.json"]
        for name in SHIPPED:
            files += sorted((SOURCE / name).iterdir())
        return files

    def _targets(self):
        return {
            str(
                pathlib.Path(self.build_lib) / TARGET / path.relative_to(SOURCE)
            ): (str(path))
            for path in self._presets()
        }

    def run(self):
        super().run()
        if self.editable_mode:  # There the library reads `presets/` itself.
            return
        for target, source in self._targets().items():
            self.mkpath(str(pathlib.Path(target).parent))
            self.copy_file(source, target)

    def get_source_files(self):
        return super().get_source_files() + list(map(str, self._presets()))

    def get_outputs(self, include_bytecode=True):
        copies = [] if self.editable_mode else list(self._targets())
        return super().get_outputs(include_bytecode) + copies


setup(cmdclass={"build_py": BuildWithPresets})
