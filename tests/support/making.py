"""Types of what the fixtures make, for tests to name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from killmart.runtime import Runtime

MakeRuntime = Callable[..., Runtime]
"""`make_runtime(esi="http://…", redisq_rate=500)`: see the fixture of that name."""

MakeAirflowHome = Callable[[Path], str]
"""`make_airflow_home(tmp_path)` is a value for AIRFLOW_HOME: see the fixture of that name."""
