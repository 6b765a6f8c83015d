"""Peak memory of flowmap on a small and a large capture of the same flows.

    python bench/memory.py                 # 20 MB and 2 GB, made in a temporary folder below bench/data
    python bench/memory.py --megabytes 20 500

Two figures for each, of the whole process (`flowmap analyze`, kernels compiled before):

peak resident  kept exactly by the kernel (ru_maxrss). It holds the program's own libraries too, which are the same for both
               captures, so the difference of two runs is a bound of what the capture's size costs.
anonymous      the largest RssAnon of /proc/PID/status, looked at every 2 ms. Without mapped files, but a peak shorter than
               that may be missed.

Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BYTES_PER_PACKET = 1046
"""Of whole frames as generate.py makes them: two segments of 1448 bytes to an ACK, and record headers."""


@dataclass(frozen=True)
class Peak:
    """Bytes."""

    resident: int
    anonymous: int


def measure(command: list[str]) -> Peak:
    """Run it and watch it."""
    environment = {**os.environ, "FLOWMAP_TWIN_LIMIT": "0"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    status = Path(f"/proc/{process.pid}/status")
    anonymous = 0
    while True:
        ended, code, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(code)
            break
        for line in status.read_text().splitlines():
            if line.startswith("RssAnon:"):
                anonymous = max(anonymous, int(line.split()[1]) * 1024)
        time.sleep(0.002)
    if process.returncode not in (0, 1, 3):
        raise SystemExit(f"{command} ended with {process.returncode}")
    return Peak(usage.ru_maxrss * 1024, anonymous)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, nargs=2, default=(20, 2000), help="sizes of the two captures")
    parser.add_argument("--flows", default="1000")
    parser.add_argument("--snaplen", type=int, default=0)
    given = parser.parse_args()
    size = BYTES_PER_PACKET if not given.snaplen else 16 + (2 * min(given.snaplen, 1514) + 66) // 3
    peaks = []
    data = HERE / "data"
    data.mkdir(exist_ok=True)
    for megabytes in given.megabytes:
        with tempfile.TemporaryDirectory(dir=data) as folder:
            packets = str(megabytes * 1_000_000 // size)
            make = [sys.executable, str(HERE / "generate.py"), folder, "--members", "1", "--packets", packets]
            subprocess.run([*make, "--flows", given.flows, "--snaplen", str(given.snaplen)], check=True)
            capture = Path(folder) / "nic1.pcap"
            measured = capture.stat().st_size / 1e6
            peak = measure([sys.executable, "-m", "flowmap", "analyze", str(capture)])
        peaks.append(peak)
        print(
            f"{measured:8.0f} MB: peak resident {peak.resident / 1e6:6.0f} MB, anonymous {peak.anonymous / 1e6:6.0f} MB"
        )
    small, large = peaks
    resident, anonymous = (large.resident - small.resident) / 1e6, (large.anonymous - small.anonymous) / 1e6
    print(f"difference : peak resident {resident:6.0f} MB, anonymous {anonymous:6.0f} MB")


if __name__ == "__main__":
    main()
