"""Counters in a text, known by their content: what hosts and switches print, several outputs one after the other.

In: a decoded text. Out: readings in the order of the text. Other text is passed over: the text may describe a team. Prompts
before commands tell whose outputs follow, so that one text may be of several hosts and switches.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowmap.team.counters.formats.esxi import nic_stats
from flowmap.team.counters.formats.ethtool import ethtool
from flowmap.team.counters.formats.infiniband import infiniband_ports
from flowmap.team.counters.formats.linux import ip_statistics, proc_net_dev
from flowmap.team.counters.formats.ports import port_statistics
from flowmap.team.counters.formats.switches import interface_counters
from flowmap.team.counters.formats.windows import (
    adapter_statistics,
    adapter_table,
    is_adapter_statistics,
    rdma_activity,
)
from flowmap.team.counters.model import Reading
from flowmap.team.description.formats import powershell, windows

__all__ = ["KINDS", "counters_of_files", "readings_in"]

KINDS = (
    "ip -s -j link",
    "/proc/net/dev",
    "ethtool -S",
    "Get-NetAdapterStatistics | ConvertTo-Json",
    "esxcli network nic stats get",
    "/sys/class/infiniband",
    "show interfaces counters",
    "show interfaces",
    "display interface",
)
_TEXTS = (proc_net_dev, ethtool, nic_stats, infiniband_ports, interface_counters, port_statistics, adapter_table)
_PROMPT = re.compile(
    r"^(?:\{\w+:\d+\}\s*)?[\[<]?(?:[\w.-]+@)?(?P<host>[A-Za-z][\w.-]*)(?:\([\w.-]+\))?"
    r"(?:[ :][^#$>%\n]{0,80})?\]?(?:: PS [^>\n]*)?[#$>%]+ *"
    r"(?=(?:sudo +)?(?:ip|ethtool|cat|grep|head|rdma|esxcli|show|sh|display|dis|Get-)\b)",
    re.MULTILINE,
)
"""What stands before a command: hv1$, root@hv1:~#, [root@hv1 ~]#, sw1#, lab@sw1>, <sw1>."""
_MOST_BYTES = 16 << 20
_MOST_READINGS = 20_000
_MOST_TRIES = 200
"""How often text that looks like the beginning of JSON may be none."""


def readings_in(text: str, source: str) -> list[Reading]:
    """Return all readings of the text; none of more than any host has."""
    found: list[Reading] = []
    for host, part in _hosts(text):
        for reading in _all(part, source):
            found.append(replace(reading, host=reading.host or host))
            if len(found) > _MOST_READINGS:
                return []
    return found


def _hosts(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield the text in parts, each printed by one host as far as prompts say."""
    begin, host = 0, None
    for match in _PROMPT.finditer(text):
        if (other := match["host"].casefold()) not in (host, "ps"):
            if text[begin : match.start()].strip():
                yield host, text[begin : match.start()]
            begin, host = match.start(), other
    yield host, text[begin:]


def counters_of_files(before: Sequence[str], after: Sequence[str]) -> list[Reading]:
    """Return the readings of files whose time is known.

    Files that cannot be read, or hold none, are passed over: they only add to captures that are there without them.
    """
    found = []
    for when, paths in enumerate((before, after)):
        for path in paths:
            try:
                if os.path.getsize(path) > _MOST_BYTES:
                    continue
                text = Path(path).read_bytes().decode("utf-8", "replace")
            except (OSError, ValueError):
                continue
            found += [replace(reading, when=when) for reading in readings_in(text, path)]
    return found


def _all(text: str, source: str) -> Iterator[Reading]:
    for item in _objects(text):
        yield from ip_statistics(item, source)
        yield from adapter_statistics(item, source)
        yield from rdma_activity(item, source)
    if "ReceivedBytes" in text and "{" not in text[:1]:
        yield from (
            one
            for item in powershell.printed(text)
            if is_adapter_statistics(item)
            for one in adapter_statistics(item, source)
        )
    for read in _TEXTS:
        yield from read(text, source)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield objects of JSON that begin a line, in arrays or by themselves."""
    decoder, tries, at = json.JSONDecoder(), 0, 0
    while at < len(text) and tries < _MOST_TRIES:
        line_end = text.find("\n", at) + 1 or len(text)
        begin = at
        while begin < line_end and text[begin] in " \t":
            begin += 1
        if text[begin : begin + 1] not in ("[", "{"):
            at = line_end
            continue
        try:
            value, at = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            tries += 1
            at = line_end
            continue
        yield from (one for one in windows.objects(value) if isinstance(one, dict))
