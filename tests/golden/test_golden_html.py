"""HTML pages of two sample captures, compared byte for byte with files that somebody looked at.

Style, script and the insides of charts are left out: the first two stand in the package, the last are Vega's affair.
`pytest tests/golden --update-golden` writes the files anew; the difference is to be looked at.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SCENARIOS = {"failover": ["failover"], "lacp-down": ["lacp-down", "--speed", "10M"]}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_page_is_the_golden_one(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("FLOWMAP_", "XDG_CONFIG", "LC_", "LANG"))
    }
    surroundings = {**kept, "TZ": "UTC", "SOURCE_DATE_EPOCH": "1767323045", "HOME": str(tmp_path)}
    out = tmp_path / "page.html"
    command = [sys.executable, "-m", "flowmap", "analyze", *SCENARIOS[name], "--html", str(out), "-q"]
    subprocess.run(command, cwd=ROOT / "captures", env=surroundings, timeout=300, check=False)
    page = reduced(out.read_text(encoding="utf-8"))
    golden = HERE / f"{name}.html"
    if request.config.getoption("--update-golden"):
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8")


def reduced(text: str) -> str:
    text = re.sub(r"(<style>).*?(</style>)", r"\1\2", text, flags=re.DOTALL)
    text = re.sub(r"(<script>).*?(</script>)", r"\1\2", text, flags=re.DOTALL)
    text = re.sub(r"'sha256-[^']*'", "'sha256-'", text)
    return re.sub(r"<svg viewBox=[^>]* fill=[^>]*(><title .*?</desc>).*?</svg>", _drawn, text, flags=re.DOTALL)


def _drawn(chart: re.Match[str]) -> str:
    """A chart's title, its description and the texts in it."""
    return f"<svg{chart[1]}{' | '.join(re.findall('<text[^>]*>([^<]*)</text>', chart[0]))}</svg>"
