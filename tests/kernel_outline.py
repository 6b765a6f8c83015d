"""What a kernel (.pyx, .pxd) defines, as plain Python with the same docstrings at the same lines."""

from __future__ import annotations

import re

_DEFINED = re.compile(
    r"(?P<indent> *)(?:cpdef|cdef|def) (?:inline )?(?P<what>class (?P<class>\w+)[^(]*:|[^=(]*?(?P<name>\w+)\()"
)
_QUOTES = '"""'


def outline(source: str) -> str:
    """Classes and functions that have a body, with their docstrings; every other line is empty."""
    lines = source.splitlines()
    kept = [""] * len(lines)
    _keep_docstring(lines, kept, 0)
    at = 0
    while at < len(lines):
        found = _DEFINED.match(lines[at])
        end = _end_of_signature(lines, at) if found else None
        if not found or end is None:
            at += 1
            continue
        indent = found["indent"]
        at = _keep_docstring(lines, kept, end + 1)
        if found["class"]:
            kept[end] = f"{indent}class {found['class']}:"
            blank = at > end + 1 and not lines[at].strip()
            kept[at + blank] = f"{indent}    fields = ..."  # whatever it has stands right behind its docstring
        else:
            kept[end] = f"{indent}def {found['name']}():" + (" ..." if at == end + 1 else "")
    return "\n".join(kept) + "\n"


def _end_of_signature(lines: list[str], at: int) -> int | None:
    """The line that ends a signature with a colon; None for a declaration, which has no body."""
    depth = 0
    for number in range(at, len(lines)):
        text = lines[number].partition("#")[0].rstrip()
        depth += text.count("(") - text.count(")")
        if depth == 0:
            return number if text.endswith(":") else None
    return None


def _keep_docstring(lines: list[str], kept: list[str], at: int) -> int:
    """Keep the docstring that begins there, if one does; the line behind it."""
    if at >= len(lines) or not lines[at].lstrip(" r").startswith(_QUOTES):
        return at
    end = at
    while lines[end].count(_QUOTES) < (2 if end == at else 1):
        end += 1
    kept[at : end + 1] = lines[at : end + 1]
    return end + 1
