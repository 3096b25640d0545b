"""The HTTP cache stays within its size: the oldest answers go first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from requests_cache.backends.sqlite import SQLiteCache
from requests_cache.models import CachedResponse

from killmart.load.fetch import fetch
from killmart.sources.transport.cache import prune_cache
from support.installation import Installation, hashes_of, simulated, stage_refs


def fill(file: Path, count: int, age: timedelta) -> None:
    """Put `count` answers of 100 kB and that age into the cache."""
    cache = SQLiteCache(file, wal=True)
    for number in range(count):
        url = f"http://upstream/{age.days}/{number}"
        answer = CachedResponse(status_code=200, url=url)
        answer._content = bytes([number]) * 100_000
        answer.created_at = datetime.now(UTC) - age
        cache.responses[url] = answer
    cache.close()


def test_a_small_cache_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite"
    fill(file, 3, timedelta(days=20))
    assert prune_cache(file, 10_000_000) == 0
    assert len(SQLiteCache(file).responses) == 3


def test_a_large_cache_loses_its_oldest_answers(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite"
    fill(file, 20, timedelta(days=20))
    fill(file, 10, timedelta(days=3))
    assert prune_cache(file, 1_600_000) > 1_000_000
    assert file.stat().st_size <= 1_600_000
    assert len(SQLiteCache(file).responses) == 10


def test_no_cache_is_fine(tmp_path: Path) -> None:
    assert prune_cache(tmp_path / "none.sqlite", 1) == 0


def test_every_fetch_leaves_the_cache_within_its_size(installation: Installation) -> None:
    with simulated(kills=5) as simulator:
        runtime = installation.runtime(simulator.url, cache_mb=1)
        file = runtime.settings.esi_cache
        file.parent.mkdir(parents=True)
        fill(file, 20, timedelta(days=20))
        stage_refs(runtime, hashes_of(simulator))
        assert fetch(runtime).fetched == 5
        assert file.stat().st_size <= 1024 * 1024
        assert len(SQLiteCache(file).responses) == 5
