"""HTML pages taken apart for tests: elements, attributes, texts and tables, by Python's own parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Element", "Page", "parse"]

_VOID = frozenset({"meta", "br", "input", "link", "img"})


@dataclass
class Element:
    """One element; `children` are elements and texts."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def iter(self, *tags: str) -> list[Element]:
        """This and all elements below, in their order; of these tags, if any are named."""
        found = [self] if not tags or self.tag in tags else []
        for child in self.children:
            if isinstance(child, Element):
                found += child.iter(*tags)
        return found

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def words(self, *without: str) -> str:
        """Its text with single spaces, elements of these tags left out."""
        parts = [
            child if isinstance(child, str) else "" if child.tag in without else child.words(*without)
            for child in self.children
        ]
        return " ".join(" ".join(parts).split())


@dataclass
class Page:
    root: Element

    def by_id(self, name: str) -> Element:
        (found,) = [one for one in self.root.iter() if one.attributes.get("id") == name]
        return found

    def tables(self, section: str) -> list[list[list[Element]]]:
        """Rows of the bodies of the tables in a section."""
        bodies = [body for table in self.by_id(section).iter("table") for body in table.iter("tbody")]
        return [[row.iter("td", "th") for row in body.iter("tr")] for body in bodies]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [Element("")]
        self.crossed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.stack[-1].children.append(element)
        if tag not in _VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if self.stack[-1].tag == tag:
            self.stack.pop()
        else:
            self.crossed.append(f"</{tag}> in <{self.stack[-1].tag}>")

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(data)


def parse(text: str) -> Page:
    """The page; it must be well nested."""
    builder = _Builder()
    builder.feed(text)
    builder.close()
    assert builder.crossed == []
    assert [one.tag for one in builder.stack] == [""]
    return Page(builder.stack[0])
