"""What mirrored frames came in stands in the flow table; their own lengths count."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import flowmap

CASES = Path(__file__).parents[1] / "cases"


def test_flows_of_a_mirror_session_say_what_they_came_in(tmp_path: Path) -> None:
    maker = CASES / "erspan-three" / "make.py"
    code = f"import sys; sys.path.insert(0, {str(CASES)!r}); sys.argv = ['make.py', {str(tmp_path)!r}]; import runpy; "
    code += f"runpy.run_path({str(maker)!r}, run_name='__main__')"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    flows = flowmap.analyze(str(tmp_path / "span.pcap")).flows
    assert set(flows["encapsulation"]) == {"erspan"}
    assert len(set(flows["member"])) == 2
