"""The installed command where there is no home, no cache folder and no place for temporary files, as under cron."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "13a-bundle-proven"
NOWHERE = "/proc/none"
RUN = "import sys; from flowmap.cli import main; sys.argv[0] = 'flowmap'; sys.exit(main())"
NO_TEMPORARY = f"import tempfile; tempfile._candidate_tempdir_list = lambda: [{NOWHERE!r}]; {RUN}"

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc, where nobody can make folders")


@pytest.mark.parametrize(
    ("program", "environ"),
    [
        (RUN, {}),
        (RUN, {"TMPDIR": NOWHERE}),
        (RUN, {"HOME": NOWHERE, "XDG_CACHE_HOME": NOWHERE, "TMPDIR": NOWHERE}),
        (NO_TEMPORARY, {}),
    ],
    ids=["bare", "no-tmpdir", "no-home", "nowhere"],
)
def test_analyze_answers(program: str, environ: dict[str, str], tmp_path: Path) -> None:
    paths = [str(path) for path in sorted(CAPTURES.glob("*.pcap*"))]
    assert paths
    command = [sys.executable, "-c", program, "analyze", *paths, "--json", "-", "-q"]
    done = subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin"} | environ,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in (0, 1, 3), done.stderr
    assert json.loads(done.stdout)["exit_code"] == done.returncode
    assert "Traceback" not in done.stderr
