"""The gettext catalogues in flowmap/locale: what has to be translated, and what is.

    python tests/catalogue.py update de     adds what is new to the .po file, drops what is gone
    python tests/catalogue.py compile de    writes the .mo file that is shipped

Templates are found by the functions that make messages of them (`msg`, `nmsg`, `count`, `tell`); besides, the docstrings of
commands are their help, and pages.toml of each family of findings and explain.toml have the
pages of `flowmap explain`.
"""

from __future__ import annotations

import ast
import inspect
import io
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1] / "flowmap"
LOCALE = PACKAGE / "locale"
_MAKERS = {
    ("flowmap.message", "msg"): 1,
    ("flowmap.message", "nmsg"): 2,
    ("flowmap.document.quantities", "count"): 2,
    ("flowmap.cli.language", "tell"): 1,
}
"""Functions by the number of their templates."""
_DATES = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Last-Translator',
    b'"Language-Team',
    b'"Report-Msgid-Bugs-To',
    b'"Generated-By',
)
_HEADER = "# Texts of flowmap in another language. Placeholders in braces stay as they are.\n"


class Text(NamedTuple):
    """What has to be translated: `many` where there is a plural. `place` is a path in the package."""

    one: str
    many: str | None
    place: str
    line: int


class NotLiteral(Exception):
    """A message made of something that is no literal, which no extractor can find."""


def texts() -> list[Text]:
    """All that has to be translated, by file and line."""
    found: list[Text] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = str(path.relative_to(PACKAGE))
        text = path.read_text(encoding="utf-8")
        if place != "cli/language.py" and any(
            name in text for _, name in _MAKERS
        ):  # the one makes a message of any help
            found += _of_module(ast.parse(text), place)
    found += _of_commands()
    found += _of_pages()
    return [text for text in found if any(map(str.isalpha, _literal(text.one)))]


def _literal(template: str) -> str:
    import string

    return "".join(literal for literal, *_ in string.Formatter().parse(template))


def _of_module(tree: ast.Module, place: str) -> Iterator[Text]:
    """Calls with literals, or with a name that is given literals in the same module only."""
    makers = {"msg": 1, "nmsg": 2} if place == "message.py" else {}
    named: dict[str, list[str]] = {}
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for target in node.targets:
                named.setdefault(ast.unparse(target), []).append(node.value.value)
        if isinstance(node, ast.ImportFrom):
            wanted = [(one.name, (node.module or "", one.name)) for one in node.names]
            makers |= {name: _MAKERS[maker] for name, maker in wanted if maker in _MAKERS}
    for node in nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
            continue
        if makers.get(node.func.id) == 1:
            yield from (Text(one, None, place, node.lineno) for one in _literals(node.args[0], named, place))
        elif makers.get(node.func.id) == 2:
            one, many = (_literals(argument, named, place) for argument in node.args[:2])
            yield from (Text(a, b, place, node.lineno) for a, b in zip(one, many, strict=True))


def _literals(node: ast.expr, named: dict[str, list[str]], place: str) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return _literals(node.body, named, place) + _literals(node.orelse, named, place)
    if isinstance(node, ast.Name) and node.id in named:
        return named[node.id]
    if place in _MADE_OF_DATA:
        return []
    raise NotLiteral(f"{place}:{node.lineno}: {ast.unparse(node)}")


_MADE_OF_DATA = {
    "document/pages/pages.py",
    "document/pages/modes.py",
    "message.py",
    "document/quantities.py",
    "cli/app.py",
}
"""They make messages of texts that are found here in another way."""


def _of_commands() -> Iterator[Text]:
    """The docstrings of the functions that cli/app.py makes commands of."""
    place = "cli/app.py"
    for node in ast.walk(ast.parse((PACKAGE / place).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_Offer":
            stem, _, function = ast.literal_eval(node.args[1]).rpartition(".")
            module = PACKAGE.joinpath("cli", "commands", *stem.split(".")).with_suffix(".py")
            defined = ast.parse(module.read_text(encoding="utf-8")).body
            (own,) = (d for d in defined if isinstance(d, ast.FunctionDef) and d.name == function)
            text = inspect.cleandoc(ast.get_docstring(own) or "")
            yield Text(_escaped(text), None, module.relative_to(PACKAGE).as_posix(), own.lineno)


def _of_pages() -> Iterator[Text]:
    from flowmap.verdict.findings.registered import FAMILIES

    findings = [Path(str(module.__file__)).with_name("pages.toml") for module in FAMILIES.values()]
    for path in [*findings, PACKAGE / "document" / "pages" / "explain.toml"]:
        place = path.relative_to(PACKAGE).as_posix()
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        said = [one for pages in document.values() for page in pages.values() for one in page.items()]
        yield from (Text(_escaped(" ".join(text.split())), None, place, 0) for name, text in said if name != "see")
    yield from _of_modes()


def _of_modes() -> Iterator[Text]:
    """The notes of the expectation table: remarks and doubts apart, as they are told."""
    from flowmap.team.modes.table import every_row, switches

    said = [text for row in every_row() for text in (row.remark, row.doubt)]
    said += [text for one in switches() for text in (one.inputs, one.note)]
    yield from (Text(_escaped(text), None, "team/modes/modes.toml", 0) for text in said if text)


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def po_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "flowmap.po"


def read(language: str) -> Catalog:
    """The translations as they are in the .po file; empty where there is none."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, domain="flowmap")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="flowmap")


def fresh(language: str) -> Catalog:
    """All texts with the translations that there are."""
    known = read(language)
    made = Catalog(
        locale=language,
        domain="flowmap",
        project="flowmap",
        header_comment=_HEADER.strip(),
        charset="utf-8",
        fuzzy=False,
    )
    for text in texts():
        wanted = (text.one, text.many) if text.many is not None else text.one
        before = known.get(text.one)
        translated = before.string if before is not None and before.id == wanted else None
        made.add(wanted, translated, locations=[(text.place, 0)])
    return made


def written(catalogue: Catalog) -> bytes:
    """As a .po file: with the files the texts are in, but without lines, which change all the time."""
    out = io.BytesIO()
    write_po(out, catalogue, width=118, include_lineno=False, omit_header=False)
    return b"".join(line for line in out.getvalue().splitlines(True) if not line.startswith(_DATES))


def compiled(language: str) -> bytes:
    """As a .mo file."""
    catalogue, out = read(language), io.BytesIO()
    catalogue.creation_date = catalogue.revision_date = datetime(
        2026, 1, 1, tzinfo=UTC
    )  # the same texts, the same bytes
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(path: Path) -> list[str]:
    """Which lines of a .po file are texts without a translation, and how many there are."""
    lines = path.read_text(encoding="utf-8").splitlines()
    empty = [n for n, line in enumerate(lines) if line.startswith("msgstr") and line.endswith(' ""')]
    missing = [n for n in empty if not lines[min(n + 1, len(lines) - 1)].startswith('"')]
    return [*(f"{path.name}:{n + 1}: {lines[n - 1]}" for n in missing), f"{len(missing)} to translate"]


def main() -> None:
    command, language = sys.argv[1:]
    path = po_path(language)
    if command == "update":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(fresh(language)))
        print(*untranslated(path), sep="\n")
    elif command == "compile":
        path.with_suffix(".mo").write_bytes(compiled(language))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
