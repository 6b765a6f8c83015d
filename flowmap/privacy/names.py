"""Names that stand for names: nic1 for a member, capture-1.pcap for a capture.

The numbers are of one run: they go by the order in which the names come up, which is that of the inputs.
"""

from __future__ import annotations

import os
import re
import shlex

__all__ = ["Names"]

_SUFFIX = re.compile(r"\.(?:pcap|pcapng|cap|dmp|ntar|trc|snoop|erf)(?:\.(?:gz|zst|lz4|xz|bz2))?$", re.IGNORECASE)
_LINKING = {"member": "nic", "capture": "capture-", "folder": "folder-"}
_LEAST_IN_TEXT = 2


class Names:
    """Which name stands for which. The first kind under which a name comes up decides."""

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}
        self._count: dict[str, int] = {}

    def tell(self, kind: str, name: str) -> str:
        """Note a name of any kind: `add_path` for captures and folders, `add` for others."""
        return self.add_path(name, kind) if kind in ("capture", "folder") else self.add(kind, name)

    def add(self, kind: str, name: str) -> str:
        """Return what stands for `name`, which is a member, capture, folder, interface, switch, ..."""
        known = self._by_name.get(name)
        if known is not None:
            return known
        number = self._count[kind] = self._count.get(kind, 0) + 1
        return self._note(name, f"{_LINKING.get(kind, kind + '-')}{number}")

    def add_path(self, path: str, kind: str = "capture") -> str:
        """Return what stands for a path, and for its parts where they stand alone. "-" is no name."""
        if path in ("", "-", ".", "..", os.sep) or path in self._by_name:
            return self._by_name.get(path, path)
        folder, base = os.path.split(path.rstrip(os.sep))
        shown = self.add(kind, path)
        if kind == "capture" and (suffix := _SUFFIX.search(base)):
            shown = self._note(path, shown + suffix[0].lower())
            self._by_name.setdefault(base[: suffix.start()], shown.partition(".")[0])
        for spelling in (base, os.path.abspath(path), os.path.realpath(path)):
            self._by_name.setdefault(spelling, shown)
        self.add_path(folder, "folder")
        return shown

    def get(self, name: str) -> str | None:
        """Return what stands for exactly this; None where it is no name."""
        return self._by_name.get(name)

    def __len__(self) -> int:
        return len(self._by_name)

    def spellings(self) -> dict[str, str]:
        """Return every way in which a name may stand within a text, in lower case; bare numbers are not looked for there."""
        found: dict[str, str] = {}
        for name, shown in self._by_name.items():
            for spelling in (name, repr(name)[1:-1], ascii(name)[1:-1], shlex.quote(name), _escaped(name)):
                spelling = spelling.strip()
                if len(spelling) >= _LEAST_IN_TEXT and not spelling.isdigit():
                    found.setdefault(spelling.lower(), shown)
        return found

    def _note(self, name: str, shown: str) -> str:
        self._by_name[name] = shown
        return shown


def _escaped(name: str) -> str:
    """Return a name as the report writes it where it is no UTF-8."""
    return name.encode("utf-8", "surrogateescape" if _is_escaped_bytes(name) else "backslashreplace").decode(
        "utf-8", "backslashreplace"
    )


def _is_escaped_bytes(name: str) -> bool:
    try:
        name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
