"""What the modules that DAG files import cost, beside Airflow's SDK that every DAG file imports anyway."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine

_SDK = "import airflow.sdk"
_OURS = "import airflow.sdk, killmart.orchestration.live_tasks, killmart.config.settings"


def run(engine: Engine, rounds: int) -> Iterator[dict[str, Any]]:
    """Time of importing our modules with the SDK, over the SDK alone."""
    ratios = []
    for _ in range(rounds):
        alone, ours = _seconds(_SDK), _seconds(_OURS)
        ratios.append(ours / alone)
    ratios.sort()
    yield {
        "figure": "dag_imports_over_sdk",
        "median": round(ratios[len(ratios) // 2], 3),
        "min": round(ratios[0], 3),
        "max": round(ratios[-1], 3),
    }


def _seconds(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - started
