"""What the modules that DAG files import cost, beside Airflow's SDK that every DAG file imports anyway."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from bench.figures import Bench, Measured, ratio

_SDK = "import airflow.sdk"
_OURS = "import airflow.sdk, killmart.orchestration.live_tasks, killmart.config.settings"


def run(bench: Bench) -> Iterator[Measured]:
    """Time of importing our modules with the SDK, over the SDK alone."""
    pairs = [({"ours": _seconds(_OURS)}, _seconds(_SDK)) for _ in range(bench.rounds)]
    yield ratio("dag_imports_over_sdk", pairs, "sdk")


def _seconds(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - started
