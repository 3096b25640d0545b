"""A worker in a process of its own, whose memory and largest file are measured."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from killmart.sources.bounds import LARGEST_DAY

MOST_MEGABYTES = 300
"""What a worker may take in all, its imports included."""
_MEASURED = """
import atexit, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))  # a longer file is an error: "File too large"
peak = lambda: next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
atexit.register(lambda: print(peak(), flush=True))
"""


@dataclass(frozen=True)
class Done:
    """How a worker ended, what it said, and the most memory that it had, in megabytes."""

    code: int
    said: str
    megabytes: float


def run_worker(code: str, environ: Mapping[str, str], *arguments: str, most: int = LARGEST_DAY) -> Done:
    """Run Python `code`; a file of more than `most` bytes is refused by the system."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED.format(most=most) + code, *arguments],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    peak = re.search(r"VmHWM:\s+(\d+) kB", said)
    assert peak is not None, said
    return Done(done.returncode, said, int(peak[1]) / 1024)
