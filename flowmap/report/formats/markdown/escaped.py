"""Text that Markdown and HTML leave alone, and tables of it. Made for GitHub's and GitLab's dialect, readable as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowmap.document.quantities import plain

__all__ = ["code", "fenced", "name", "safe", "table"]

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
_PADDED = 48
"""A column with a longer cell holds sentences: filled up with blanks it would make every line long."""
_SPECIAL = re.compile(
    r"\\(?![0-9A-Za-z\s])|`|\[|\*(?!\s)|(?<=\S)\*|[~$](?=\S)|(?<=\S)~|#(?=\w)|!(?=\[)|(?<!\w)@(?=\w)"
    r"|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|:(?=//)|(?<=www)\."
)
"""What can begin or end markup where it stands; what cannot stays as it is, for a ticket shows the text as often unrendered."""
_FIRST = re.compile(r"^(?:[-+*](?=\s|$)|#{1,6}(?=\s|$)|[-=_*]{2,}\s*$|=+\s*$|-\s*(?:-\s*)+$|\d{1,9}(?=[.)](?:\s|$)))")


def safe(text: str) -> str:
    r"""Return any text as one line that shows exactly itself: no markup, no HTML, no link, no control or bidi character.

    >>> safe("nic_1 <b>|*x*\n# y")
    'nic_1 &lt;b&gt;&#124;\\*x\\*\\n# y'
    """
    shown = _SPECIAL.sub(lambda found: f"\\{found.group()}", plain(text).strip(" "))
    shown = re.sub(r"[&<|]|^>", lambda found: _ENTITIES[found.group()], shown)
    first = _FIRST.match(shown)
    if first is None:
        return shown
    end = first.end()
    return f"\\{shown}" if not shown[0].isdigit() else f"{shown[:end]}\\{shown[end:]}"


def code(text: str) -> str:
    """Return a text in a code span, which may hold backticks; not for cells of a table.

    >>> code("tcp.port == 1"), code("a`b")
    ('`tcp.port == 1`', '``a`b``')
    """
    shown = plain(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str) -> list[str]:
    """Return lines of a code block with one line of text.

    >>> fenced("flowmap analyze a.pcap")
    ['```', 'flowmap analyze a.pcap', '```']
    """
    shown = plain(text)
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return [fence, shown, fence]


def name(text: str) -> str:
    """Return a name for a cell of a table: in a code span, where no reference or address becomes a link, if it can be.

    >>> name("nic1"), name("a|b")
    ('`nic1`', 'a&#124;b')
    """
    shown = plain(text)
    return safe(shown) if not shown.strip(" ") or any(one in shown for one in "`|\\") else code(shown)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Return lines of a table; the cells are safe already. `right` has the columns of numbers.

    Columns stand under each other where the text is shown as it is, but for those with sentences in them.

    >>> table(["member", "rx"], [["nic1", "9.4 MB"], ["nic2", "0 B"]], right=[1])
    ['| member |     rx |', '| ------ | -----: |', '| nic1   | 9.4 MB |', '| nic2   |    0 B |']
    """
    wide = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    wide = [max(4 if number in right else 3, width if width <= _PADDED else 0) for number, width in enumerate(wide)]
    rule = ["-" * (width - 1) + ":" if number in right else "-" * width for number, width in enumerate(wide)]
    lines = []
    for cells in (header, rule, *rows):
        placed = [cell.rjust(wide[n]) if n in right else cell.ljust(wide[n]) for n, cell in enumerate(cells)]
        lines.append(f"| {' | '.join(placed)} |")
    return lines
