"""What replaces every address and name in texts, documents and tables.

A finished document is mapped, not the facts that it was made of: so every verdict and number is the same with and without.
Addresses are found in any text by their form, names because they were told (`names`). A `Message` keeps its template, which
holds neither, and gets new parameters. What is in the place of the text says nothing about what was there before: only the
key and the order of the names.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any, overload

from flowmap.message import Message
from flowmap.privacy.addresses import AddressMap
from flowmap.privacy.names import Names

__all__ = ["COMMANDS", "OPTIONS", "Anonymizer", "mac_number", "mac_text"]

_MAC = r"[0-9A-Fa-f]{2}(?P<mark>[:-])[0-9A-Fa-f]{2}(?:(?P=mark)[0-9A-Fa-f]{2}){4}"
_DOTTED_MAC = r"(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
_IPV4 = r"(?<!\d)(?:\d{1,3}\.){3}\d{1,3}(?!\d)"
_ADDRESS = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?P<mac>{_MAC}(?!(?P=mark)?[0-9A-Za-z])|{_DOTTED_MAC}(?![0-9A-Za-z]))"
    rf"|(?P<bytes>(?:[0-9A-Fa-f]{{2}} ){{3,}}[0-9A-Fa-f]{{2}}(?![0-9A-Za-z]))"
    rf"|(?P<run>[0-9A-Fa-f]{{0,4}}:[0-9A-Fa-f]{{0,4}}:[0-9A-Fa-f:.]*))|(?P<ipv4>{_IPV4})"
)
_ANY_MAC = re.compile(rf"{_MAC}(?![0-9A-Fa-f])")
COMMANDS = (
    "analyze",
    "batch accept",
    "batch",
    "capture",
    "config",
    "diff",
    "doctor",
    "explain",
    "extract",
    "history",
    "inspect",
    "predict",
    "prune",
    "schema",
    "selftest",
    "verify",
)
OPTIONS = (
    "algorithm",
    "anonymize",
    "brief",
    "decoder",
    "exit-zero",
    "flows",
    "from",
    "full",
    "html",
    "interactive",
    "jobs",
    "json",
    "local",
    "markdown",
    "migration-port",
    "mode",
    "no-strict",
    "open",
    "parquet",
    "png",
    "quiet",
    "scheduler",
    "speed",
    "streams",
    "strict",
    "team",
    "threshold",
    "to",
    "top",
    "verbose",
)
"""The commands of flowmap and the options of `analyze`, as commands in texts are written with: a folder of captures may
well be called flowmap, team or local, and a command must not be torn by that."""

_OURS = (
    rf"(?<![\w./-])(?:flowmap (?:{'|'.join(COMMANDS)})|tshark -r)(?![\w./-])"
    rf"|(?<!\S)--(?:{'|'.join(sorted(OPTIONS, key=len, reverse=True))})(?![\w./-])"
)
_SHORT = 4
"""Names of less than this are looked for in a text only where no address is."""


def mac_number(text: str) -> int:
    """Return the digits of a MAC, however they are grouped."""
    return int(re.sub(r"[^0-9A-Fa-f]", "", text), 16)


def mac_text(number: int) -> str:
    """Return the MAC as text: aa:bb:cc:dd:ee:ff."""
    return number.to_bytes(6, "big").hex(":")


class Anonymizer:
    """One key's mapping of addresses and one run's mapping of names."""

    def __init__(self, key: bytes) -> None:
        self.addresses = AddressMap(key)
        self.names = Names()
        self._pattern: re.Pattern[str] = _ADDRESS
        self._shown: dict[str, str] = {}
        self._known = 0

    def name(self, text: str) -> str:
        """Return what stands for a name; addresses in any other text are mapped."""
        shown = self.names.get(text)
        return self.text(text) if shown is None else shown

    @overload
    def text(self, text: Message) -> Message: ...
    @overload
    def text(self, text: str) -> str: ...
    def text(self, text: str) -> str:
        """Return a text with every address and name in it replaced."""
        if isinstance(text, Message):
            params = {name: self.value(part) for name, part in text.params.items()}
            return Message(text.template, params, text.many, text.number)
        if (shown := self.names.get(text)) is not None:
            return shown
        if self._known != len(self.names):
            self._compile()
        return self._pattern.sub(self._replaced, text)

    def is_address(self, text: str) -> bool:
        """Return whether a text is one address and nothing else, which its own kind of address can stand for."""
        if re.fullmatch(rf"{_MAC}|{_DOTTED_MAC}", text):
            return True
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return False
        return True

    def value(self, value: Any) -> Any:
        """Return a value of JSON, or of a table's cell, with the texts in it replaced; numbers stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(part) for key, part in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return type(value)(self.value(part) for part in value)
        return value

    def ip_text(self, text: str) -> str:
        """Return what stands for an IP address, as RFC 5952 writes it. Raises ValueError for any other text."""
        address = ipaddress.ip_address(text)
        mapped = self.addresses.ip(address.version, int(address))
        return str(ipaddress.IPv4Address(mapped) if address.version == 4 else ipaddress.IPv6Address(mapped))

    def ip_texts(self, texts: Iterable[str]) -> dict[str, str]:
        """Return `ip_text` of many addresses at once, which is quicker."""
        distinct = list(dict.fromkeys(texts))
        parsed = [ipaddress.ip_address(text) for text in distinct]
        for version in (4, 6):
            self.addresses.learn(version, [int(one) for one in parsed if one.version == version])
        return {text: self.ip_text(text) for text in distinct}

    def _compile(self) -> None:
        self._known, self._shown = len(self.names), self.names.spellings()
        ordered = sorted(self._shown, key=len, reverse=True)
        long = _alternatives([name for name in ordered if len(name) >= _SHORT])
        short = _alternatives([name for name in ordered if len(name) < _SHORT])
        parts = [f"(?P<ours>{_OURS})", *([f"(?P<long>{long})"] if long else []), _ADDRESS.pattern]
        self._pattern = re.compile("|".join([*parts, *([f"(?P<short>{short})"] if short else [])]), re.IGNORECASE)

    def _replaced(self, match: re.Match[str]) -> str:
        found = match[0]
        kind = match.lastgroup
        if kind == "ours":
            return found
        if kind in ("long", "short"):
            return self._shown.get(found.lower(), "name")
        if kind == "bytes":  # the start of a file that is not a capture may well be a name
            return "..."
        if kind == "mac":
            return mac_text(self.addresses.mac(mac_number(found)))
        return self._run(found) if kind == "run" else self._quad(found)

    def _quad(self, text: str) -> str:
        try:
            return self.ip_text(text)
        except ValueError:  # 999.1.1.1, or a zero in front: no address, but the number is not missed
            return text

    def _run(self, run: str) -> str:
        """Replace digits and colons: an IPv6 address, perhaps with a colon or port behind it, or MACs, or a time of day."""
        end = len(run)
        while run.count(":", 0, end) > 1:
            try:
                return self.ip_text(run[:end]) + self._rest(run[end:])
            except ValueError:
                end = max(run.rfind(":", 0, end), run.rfind(".", 0, end))
        return self._rest(run)

    def _rest(self, run: str) -> str:
        replaced = _ANY_MAC.sub(lambda match: mac_text(self.addresses.mac(mac_number(match[0]))), run)
        return re.sub(_IPV4, lambda match: self._quad(match[0]), replaced)


def _alternatives(names: list[str]) -> str:
    r"""Return names as one pattern, none of them inside a longer word.

    >>> _alternatives(["eth0", "[x"])
    '(?<!\\w)eth0(?!\\w)|\\[x(?!\\w)'
    """
    return "|".join(
        (r"(?<!\w)" if re.match(r"\w", name[0]) else "")
        + re.escape(name)
        + (r"(?!\w)" if re.match(r"\w", name[-1]) else "")
        for name in names
    )
