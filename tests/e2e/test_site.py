"""The site: it is built from docs/ and from the program, and no link in it is dead."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]


class Links(HTMLParser):
    """The addresses a page leads to, and the places in it that can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.to: set[str] = set()
        self.here: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.to.add(value)
            elif name == "id" and value:
                self.here.add(value)


@pytest.mark.skipif(importlib.util.find_spec("zensical") is None, reason="zensical is not installed (the extra docs)")
def test_no_link_of_the_site_is_dead(tmp_path: Path) -> None:
    maker = [sys.executable, str(ROOT / "docs/make/site.py"), str(tmp_path / "site")]
    subprocess.run(maker, check=True, capture_output=True, timeout=120)
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in (tmp_path / "site").glob("**/*.html")}
    assert {"codes/FM301.html", "modes/linux-802.3ad.html", "api.html", "start.de.html"} <= {
        path.relative_to(tmp_path / "site").as_posix() for path in pages
    }
    told = re.findall(r"\]\(([^)]+)\)", (tmp_path / "site" / "llms.txt").read_text(encoding="utf-8"))
    assert [name for name in told if not (tmp_path / "site" / name).is_file()] == []
    dead = []
    for path, links in pages.items():
        if path.name == "404.html":  # its links are those of the place where the site will be
            continue
        for link in links.to:
            if ":" in link.partition("/")[0] or link.startswith("//"):
                continue
            file, _, anchor = unquote(link).partition("#")
            file = file.partition("?")[0]
            target = (path.parent / file).resolve() if file else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].here):
                dead.append(f"{path.name}: {link}")
    assert dead == []
