"""Builds the conda package of samples/conda and runs its tests: `python3.11 .ci/conda.py`, without conda and conda-forge.

rattler-build comes from PyPI (py-rattler-build). In place of conda-forge there is a channel made here: this Python, the
packages that the recipe asks for as PyPI has them, and the machine's C compiler under the name of conda's. So it shows that
the recipe can be built, that it makes one package for all Pythons, and that this works where it is installed; not what
conda-forge has.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("py-rattler", "py-rattler-build", "pyyaml")
BUILD = "standin_0"
COMPILER = "bin/x86_64-conda-linux-gnu-cc"
ACTIVATE = f'export CC="${{CONDA_PREFIX:-$BUILD_PREFIX}}/{COMPILER}"\n'


def main() -> None:
    """Install the tools beside, and go on with them."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        subprocess.run([sys.executable, "-m", "venv", work / "tools"], check=True)
        python = work / "tools" / "bin" / "python"
        subprocess.run([python, *_pip(), *TOOLS], check=True)
        copy = work / "flowmap"
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", copy], check=True)
        subprocess.run([python, __file__, "build", copy / "samples" / "conda" / "recipe.yaml", work], check=True)


def build(recipe: Path, work: Path) -> None:
    """Make the channel, build the package and test it there; look at what it is."""
    import rattler_build
    import yaml
    from rattler.index import index_fs

    asked = yaml.safe_load(recipe.read_text(encoding="utf-8"))["requirements"]
    names = {re.split(r"[ =<>]", text)[0] for part in ("host", "run") for text in asked[part]} - {
        "python",
        "python-abi3",
    }
    channel, site = work / "channel" / "linux-64", work / "site"
    channel.mkdir(parents=True)
    own = [name.replace("prometheus_client", "prometheus-client") for name in sorted(names)]
    subprocess.run([sys.executable, *_pip(), "--target", site, *own], check=True)
    _fill(channel, site, names)
    asyncio.run(index_fs(channel.parent))
    channels = [channel.parent.as_uri()]
    tested = rattler_build.ToolConfiguration(test_strategy="native")
    made = rattler_build.Stage0Recipe.from_file(recipe)
    ((package,),) = (
        one.packages for one in made.run_build(tool_config=tested, output_dir=work / "out", channels=channels)
    )
    told = rattler_build.Package.from_file(package)
    assert any(str(path).startswith("site-packages/flowmap") and str(path).endswith(".abi3.so") for path in told.files)
    print(f"{Path(package).name}: built, installed and tested")


def _pip() -> tuple[str, ...]:
    return "-m", "pip", "install", "--quiet", "--disable-pip-version-check"


def _fill(channel: Path, site: Path, names: Iterable[str]) -> None:
    """Write the packages: Python, all of PyPI's in one on which the named ones lean, and the compiler."""
    version, (major, minor) = sys.version.split()[0], sys.version_info[:2]
    base = Path(sys.base_prefix)
    parts = (base / "bin" / f"python{major}.{minor}", *sorted((base / "lib" / f"python{major}.{minor}").rglob("*")))
    headers = sorted((base / "include").rglob("*"))
    plain = {str(path.relative_to(base)): path for path in (*parts, *headers) if "site-packages" not in path.parts}
    _package(channel, "python", version, [], plain | {"bin/python": parts[0], "bin/python3": parts[0]})
    place = f"lib/python{major}.{minor}/site-packages"
    _package(
        channel,
        "standin",
        "1",
        [f"python {version}"],
        {f"{place}/{path.relative_to(site)}": path for path in sorted(site.rglob("*"))},
    )
    there = {_plain(one.metadata["Name"]): one.version for one in metadata.distributions(path=[str(site)])}
    for name in names:
        _package(channel, name, there[_plain(name)], ["standin"], {})
    _package(channel, "python-abi3", f"{major}.{minor}", [], {})
    texts = {COMPILER: '#!/bin/sh\nexec /usr/bin/gcc "$@"\n', "etc/conda/activate.d/compiler.sh": ACTIVATE}
    _package(channel, "gcc_linux-64", "13", [], texts)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _package(
    channel: Path, name: str, version: str, depends: list[str], files: dict[str, Path] | dict[str, str]
) -> None:
    """Write a conda package of files, or of texts that can be run."""
    index = {
        "name": name,
        "version": version,
        "build": BUILD,
        "build_number": 0,
        "depends": depends,
        "subdir": "linux-64",
    }
    listed = []
    with tarfile.open(channel / f"{name}-{version}-{BUILD}.tar.bz2", "w:bz2", compresslevel=1) as tar:
        for target, source in files.items():
            if isinstance(source, str):
                _text(tar, target, source)
            elif not source.is_file() or "__pycache__" in source.parts:
                continue
            else:
                tar.add(source.resolve(), target)
            listed.append({"_path": target, "path_type": "hardlink"})
        _text(tar, "info/index.json", json.dumps(index))
        _text(tar, "info/paths.json", json.dumps({"paths_version": 1, "paths": listed}))


def _text(tar: tarfile.TarFile, target: str, text: str) -> None:
    told = tarfile.TarInfo(target)
    told.size, told.mode = len(text.encode()), 0o755
    tar.addfile(told, io.BytesIO(text.encode()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"]:
        build(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
