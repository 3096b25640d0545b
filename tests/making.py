"""Types of what the fixtures make, for tests to name."""

from __future__ import annotations

from collections.abc import Callable

from killmart.runtime import Runtime

MakeRuntime = Callable[..., Runtime]
"""`make_runtime(esi="http://…", redisq_rate=500)`: see the fixture of that name."""
