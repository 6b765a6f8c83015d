"""Builds the site: `python docs/make/site.py FOLDER` puts it there, with zensical (`pip install '.[docs]'`).

The pages are those of docs/, README as the start page, and what the program itself knows: a page for each finding and teaming
mode, the notices and words (all as `flowmap explain` has them), and the Python interface from its docstrings.
"""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import flowmap
from flowmap.document.pages.modes import render_modes
from flowmap.document.pages.pages import Page, pages
from flowmap.message import Message, translate
from flowmap.team.modes.table import Row, every_row

ROOT = Path(__file__).parents[2]
SECTIONS = {
    "Start": ["index.md", "installing.md", "start.de.md", "questions.md", "capturing.md", "inputs.md"],
    "The answer": ["report.md", "evidence.md", "predict.md", "team.md", "method.md"],
    "Every night": ["operating.md", "privacy.md", "settings.md", "cli.md"],
    "Data": ["python.md", "api.md", "parquet.md", "event-logs.md", "compatibility.md"],
    "About": ["performance.md", "comparison.md", "proof.md", "fuzzing.md", "contributing.md", "architecture.md"],
}
CONFIGURATION = """[project]
site_name = "flowmap"
site_description = "Which NIC of a team carried each TCP stream, and is that as it should be?"
docs_dir = "pages"
site_dir = "site"
use_directory_urls = false
nav = [
{nav}]

[project.theme]
language = "en"
features = ["content.code.copy", "navigation.footer", "navigation.top", "search.highlight"]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"

[project.markdown_extensions]
toc.permalink = true
"""


def written(text: str, *, above: str = "") -> str:
    """Return a page with links into docs/ made relative, and links to files that are no pages made plain text."""
    text = re.sub(r"\]\(docs/", f"]({above}", text).replace("](CONTRIBUTING.md)", "](contributing.md)")
    return re.sub(r"\[([^\]]*)\]\((?:\.\./)[^)]*\)", r"\1", text)


def said(text: Message) -> str:
    """Return a text in English."""
    return translate(text, "en")


def finding_page(page: Page) -> str:
    """Return the page of one finding, as `flowmap explain CODE` has it."""
    parts = [("What it means", page.meaning), ("What it rests on", page.evidence), ("What to do", page.action)]
    return f"# {page.code}: {said(page.title)}\n\n" + "\n".join(f"## {head}\n\n{said(text)}\n" for head, text in parts)


def listing(kind: str, title: str) -> str:
    """Return one page with all notices, or all words."""
    found = [page for page in pages().values() if page.kind == kind]
    return f"# {title}\n\n" + "\n".join(
        f"## {page.code}\n\n{said(page.title)}. {said(page.meaning)} {said(page.action)}\n" for page in found
    )


def documented(name: str, what: object) -> Iterator[str]:
    """Yield the section of a public name: its signature and docstring, then its own public attributes."""
    signature = ""
    if inspect.isfunction(what):
        signature = re.sub(r"'([\w\[\]., |]+)'", r"\1", str(inspect.signature(what)))
    yield (
        f"## {name}\n\n"
        + (f"```python\n{name}{signature}\n```\n\n" if signature else "")
        + f"{inspect.getdoc(what) or ''}\n"
    )
    if inspect.isclass(what) and not issubclass(what, BaseException):
        for member, value in vars(what).items():
            text = inspect.getdoc(value)
            if not member.startswith("_") and text and (inspect.isfunction(value) or isinstance(value, property)):
                yield f"### {name}.{member}\n\n{text}\n"


def interface() -> str:
    """Return the reference of the Python interface."""
    parts = [
        part for name in flowmap.__all__ if name != "__version__" for part in documented(name, getattr(flowmap, name))
    ]
    return f"# The Python interface\n\n{inspect.getdoc(flowmap)}\n\n" + "\n".join(parts)


def stage(folder: Path) -> None:
    """Write all pages and the configuration into the folder."""
    shutil.copytree(ROOT / "docs", folder, ignore=shutil.ignore_patterns("make", "man", "*.py", "__pycache__"))
    for path in folder.glob("**/*.md"):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "index.md").write_text(written((ROOT / "README.md").read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "contributing.md").write_text(
        written((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")), encoding="utf-8"
    )
    (folder / "api.md").write_text(interface(), encoding="utf-8")
    for_machines = folder / "llms.txt"  # https://llmstxt.org: at the root of the site
    for_machines.write_text(for_machines.read_text(encoding="utf-8").replace(".md)", ".html)"), encoding="utf-8")
    codes, modes = folder / "codes", folder / "modes"
    codes.mkdir()
    modes.mkdir()
    for page in pages().values():
        if page.kind == "finding":
            (codes / f"{page.code}.md").write_text(finding_page(page), encoding="utf-8")
    (codes / "notices.md").write_text(listing("notice", "Notices"), encoding="utf-8")
    (codes / "words.md").write_text(listing("word", "Words of the report"), encoding="utf-8")
    by_mode: dict[str, list[Row]] = {}
    for row in every_row():
        by_mode.setdefault(f"{row.platform}/{row.mode}", []).append(row)
    for name, rows in by_mode.items():
        each = [f"## {row.algorithm or row.mode}\n\n```text\n{render_modes([row], 80)}```\n" for row in rows]
        text = f"# {rows[0].label}: {rows[0].mode}\n\n" + "\n".join(each)
        (modes / f"{name.replace('/', '-')}.md").write_text(text, encoding="utf-8")


def navigation(folder: Path) -> str:
    """Return the lines of `nav`: the sections above, then every page that the program itself knows."""
    sections = {title: [name for name in names if (folder / name).exists()] for title, names in SECTIONS.items()}
    others = sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.md"))
    for place, title in (("codes", "Findings, notices, words"), ("modes", "Teaming modes"), ("decisions", "Decisions")):
        sections[title] = [name for name in others if name.startswith(f"{place}/")]
    listed = {name for names in sections.values() for name in names}
    sections["About"] += sorted(path.name for path in folder.glob("*.md") if path.name not in listed)
    # a list of JSON strings is one of TOML too
    return "".join(
        f"  {{ {json.dumps(title)} = {json.dumps(names)} }},\n" for title, names in sections.items() if names
    )


def main() -> int:
    """Build the site into the folder named, else into build/site."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        stage(folder / "pages")
        (folder / "zensical.toml").write_text(
            CONFIGURATION.replace("{nav}", navigation(folder / "pages")), encoding="utf-8"
        )
        done = subprocess.run([sys.executable, "-m", "zensical", "build"], cwd=folder, check=False)
        if done.returncode == 0:
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(folder / "site", target)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
