"""Rules of the house that no linter knows: what only the command line may do, what stays out of the tree, file sizes."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from kernel_outline import outline

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "flowmap"
SOURCES = sorted(PACKAGE.rglob("*.py"))
KERNELS = sorted(PACKAGE.rglob("*.p[yx][xd]"))
MODULES = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES]
MACHINE_PATHS = re.compile(rb"/(?:" + b"|".join((b"work", b"opt", b"root")) + rb")/\w")
LONGEST_FILE = 500
FRAGMENTS = {
    "A",
    "An",
    "Bytes",
    "For",
    "How",
    "No",
    "Number",
    "Of",
    "Row",
    "Rows",
    "The",
    "What",
    "Where",
    "Whether",
    "Which",
    "With",
}
"""Words that begin a docstring which is no sentence."""


def tracked() -> list[Path]:
    """Files under version control; skips where there is none (an unpacked source archive)."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


class Told(NamedTuple):
    """What the rules ask of a source."""

    used: set[str]
    """Names and attributes called or read, such as `print` and `sys.exit`."""
    swallowed: list[int]
    """Lines where everything is caught and not raised again."""
    says_what_it_is: bool
    has_definitions: bool


@cache
def told(path: Path) -> Told:
    """Read it once for all rules."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used, swallowed = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            used.add(node.func.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.ExceptHandler) and _catches_everything(node):
            swallowed.append(node.lineno)
    has_definitions = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)
    return Told(used, swallowed, bool(ast.get_docstring(tree) or not tree.body), has_definitions)


def _catches_everything(node: ast.ExceptHandler) -> bool:
    everything = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
    return everything and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_command_line_prints_exits_and_reads_the_clock(path: Path) -> None:
    if path.is_relative_to(PACKAGE / "cli"):
        return
    used = told(path).used
    assert not used & {"print", "input", "exit", "sys.exit", "os._exit", "time.time", "datetime.now", "datetime.today"}
    assert not used & {"os.environ", "os.getenv"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_catches_everything(path: Path) -> None:
    """Except to tidy up and raise it again, at the last resorts (of the command line, and around each team of a batch), and
    around fsspec: the libraries behind it raise what they like, and what that says may be secret."""
    assert not told(path).swallowed or path in [
        PACKAGE / one for one in ("cli/boundary.py", "batch/work.py", "capture/source/url.py")
    ]


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_listed_and_there(name: str) -> None:
    path = PACKAGE.joinpath(*name.split(".")[1:])
    source = told(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    assert source.says_what_it_is, "no module docstring"
    if name.endswith("__main__") or not source.has_definitions:
        return
    module = importlib.import_module(name)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    assert [one for one in module.__all__ if not hasattr(module, one)] == []


@pytest.mark.parametrize("path", SOURCES + KERNELS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def test_each_kernel_stands_beside_its_plain_twin() -> None:
    """Its first line names the twin, or it is called `kernel` and its twin `reference`."""
    kernels = sorted(PACKAGE.rglob("*.pyx"))
    assert kernels
    for kernel in kernels:
        named = re.match(r'"""Compiled twin of `(\w+\.py)`', kernel.read_text(encoding="utf-8"))
        assert named or kernel.stem == "kernel", kernel
        assert kernel.with_name(named[1] if named else "reference.py").exists(), kernel


def test_no_path_of_one_machine_is_in_the_tree() -> None:
    texts = [path for path in tracked() if path.suffix not in (".pcap", ".pcapng") and path != Path(__file__)]
    assert [str(path.relative_to(ROOT)) for path in texts if MACHINE_PATHS.search(path.read_bytes())] == []


def test_pages_own_no_wording_but_that_of_their_controls() -> None:
    """What a page says of the captures, sections say for all formats: no chart, template or index makes a message."""
    html = PACKAGE / "report" / "formats" / "html"
    worded = [
        path.relative_to(html).as_posix() for path in sorted(html.rglob("*.py")) if told(path).used & {"msg", "nmsg"}
    ]
    assert worded == ["charts/svg.py", "controls.py"]  # the first refuses what an engine may have drawn
    visible = re.compile(r">\s*[A-Za-z][a-z]+ [a-z]|\b_\(")
    templates = {path.name: path.read_text(encoding="utf-8") for path in html.rglob("*.jinja")}
    assert templates
    assert {name: found[0] for name, text in templates.items() if (found := visible.search(text))} == {}


@pytest.mark.skipif(shutil.which("ruff") is None, reason="ruff is not installed")
@pytest.mark.parametrize("path", KERNELS, ids=lambda path: str(path.relative_to(ROOT)))
def test_kernels_have_the_docstrings_that_ruff_asks_of_modules(path: Path) -> None:
    """Their classes and functions, as plain Python, under the settings of this project; each says what it does or returns."""
    plain = outline(path.read_text(encoding="utf-8"))
    named = ["--select", "D", "--config", str(ROOT / "pyproject.toml"), "--output-format", "concise"]
    command = ["ruff", "check", *named, "--stdin-filename", f"{path}.py", "-"]
    checked = subprocess.run(command, input=plain, capture_output=True, text=True, cwd=ROOT)
    assert checked.returncode == 0, checked.stdout
    functions = [node for node in ast.walk(ast.parse(plain)) if isinstance(node, ast.FunctionDef)]
    firsts = {node.name: (ast.get_docstring(node) or "Do.").split(maxsplit=1)[0] for node in functions}
    assert {name: word for name, word in firsts.items() if word in FRAGMENTS or not word[0].isupper()} == {}


def test_the_outline_of_a_kernel_is_its_functions_with_their_docstrings() -> None:
    kernel = """\"\"\"Counts.\"\"\"

cdef enum:
    MOST = 3

cdef int other(int a)

cdef inline int64_t counted(
    const uint8_t* data, int64_t n,  # of (bytes
) noexcept nogil:
    \"\"\"Return how many.

    Or none.
    \"\"\"
    cdef int64_t k = larger(0, n)
    return k

cdef class Counter:
    def room(self):
        return 1
"""
    plain = ast.parse(outline(kernel))
    _, count, kept = plain.body
    assert ast.get_docstring(plain) == "Counts."
    assert isinstance(count, ast.FunctionDef)
    assert (count.name, count.lineno, ast.get_docstring(count)) == ("counted", 10, "Return how many.\n\nOr none.")
    assert isinstance(kept, ast.ClassDef)
    assert isinstance(kept.body[-1], ast.FunctionDef)
    assert (kept.name, ast.get_docstring(kept), kept.body[-1].name) == ("Counter", None, "room")
