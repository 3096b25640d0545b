"""dlt beside us: a real day from raw bodies into an existing schema, over the same by our transform and promotion.

dlt is no dependency of the project: it is installed, as dlt-requirements.txt pins it, into an environment of its own
that is kept with what benchmarks make once, and runs as a process. Its tables have an index wherever the yardstick has
a key or an index; junctions, values and checks are ours alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, text

from bench import TESTS
from bench.figures import Bench, Measured, ratio, skipped
from bench.loading import bench_runtime, checkpoint, empty, load, real_day
from bench.market import reference_data
from bench.published import cache_folder
from killmart.load.marts import refresh_marts
from killmart.model.ref import Arrival
from support import realdata

MERGED = ("csv", "arrow")
"""Forms that a second load leaves as they are, as ours does: the faster one is dlt's best."""
FORMS = ("default", *MERGED)
MOST_ROUNDS = 3
_REQUIREMENTS = Path(__file__).with_name("dlt-requirements.txt")
_SCRIPT = Path(__file__).with_name("dlt_script.py")
_DAY = realdata.DAYS[0]
_TABLES = """SELECT relname FROM pg_class
    WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'r' AND NOT starts_with(relname, '_dlt')"""


def run(bench: Bench) -> Iterator[Measured]:
    """Seconds of dlt over ours, round by round, in its default and in its fastest form."""
    if not realdata.has_days():
        yield from skipped("dlt", realdata.ABSENT)
        return
    try:
        python = dlt_python()
    except subprocess.CalledProcessError as error:
        yield from skipped(
            "dlt", f"dlt cannot be installed, which takes a package index: {error.stderr.strip()[-300:]}"
        )
        return
    arrivals = real_day(_DAY)
    seconds = _in_turn(bench.engine, python, arrivals, min(bench.rounds, MOST_ROUNDS))
    best = min(MERGED, key=lambda form: statistics.median(dlt for dlt, _ in seconds[form]))
    medians = {f"{form}_s": round(statistics.median(dlt for dlt, _ in seconds[form]), 1) for form in FORMS}
    about = {"kills": len(arrivals), **medians}
    for name, form in (("new_day_vs_dlt", "default"), ("new_day_vs_dlt_best", best)):
        yield ratio(name, [({"dlt": dlt}, ours) for dlt, ours in seconds[form]], "ours", about | {"form": form})


def _in_turn(
    engine: Engine, python: Path, arrivals: list[Arrival], rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """Seconds of each form of dlt and of ours."""
    runtime = bench_runtime(engine)
    found: dict[str, list[tuple[float, float]]] = {form: [] for form in FORMS}
    with tempfile.TemporaryDirectory() as folder, reference_data(engine, [date.fromisoformat(_DAY)]):
        bodies = Path(folder) / "bodies.jsonl"
        bodies.write_bytes(b"\n".join(arrival.body for arrival in arrivals if arrival.body is not None))
        for _ in range(rounds):
            empty(engine)
            refresh_marts(runtime, rebuild=True)
            ours = sum(load(engine, arrivals).values())
            empty(engine)
            for form in FORMS:
                found[form].append((dlt_seconds(engine, python, form, bodies), ours))
        refresh_marts(runtime, rebuild=True)
    return found


def dlt_seconds(engine: Engine, python: Path, form: str, bodies: Path) -> float:
    """Seconds that dlt takes for bodies, one a line, in a form; its tables and its notes are gone afterwards."""
    checkpoint(engine)
    url = f"postgresql://{engine.url.username}:unused@localhost/{engine.url.database}?host={engine.url.query['host']}"
    with tempfile.TemporaryDirectory() as notes:
        environment = {**os.environ, "DLT_DATA_DIR": notes, "RUNTIME__DLTHUB_TELEMETRY": "false"}
        command = [python, "-P", _SCRIPT, form, bodies, url]
        done = subprocess.run(command, env=environment, cwd=notes, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"dlt ({form}) failed:\n{done.stdout[-2000:]}\n{done.stderr[-5000:]}")
    with engine.begin() as connection:
        tables = connection.execute(text(_TABLES), {"schema": f"dlt_{form}"}).scalars().all()
        counts = [connection.execute(text(f"SELECT count(*) FROM dlt_{form}.{one}")).scalar_one() for one in tables]
        for schema in (f"dlt_{form}", f"dlt_{form}_staging"):
            connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    assert sum(counts) == rows_in(bodies), f"dlt ({form}) has {dict(zip(tables, counts, strict=True))}"
    return float(done.stdout.splitlines()[-1])


def rows_in(bodies: Path) -> int:
    """Killmails, attackers and items of bodies, one a line: so many rows, however they are stored."""
    kills = list(map(json.loads, bodies.read_bytes().splitlines()))
    items = [item for kill in kills for item in kill["victim"].get("items", [])]
    return (
        len(kills)
        + sum(len(kill["attackers"]) for kill in kills)
        + sum(1 + len(item.get("items", [])) for item in items)
    )


def dlt_python() -> Path:
    """The interpreter that has dlt, installed where it is not yet. Raises CalledProcessError where that fails."""
    digest = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache_folder() / f"dlt-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = Path(sys.executable).with_name("uv")
        for command in (
            [uv, "venv", "-q", "--python", sys.executable, folder],
            [uv, "pip", "sync", "-q", "--python", python, _REQUIREMENTS],
        ):
            subprocess.run(command, check=True, capture_output=True, text=True, cwd=TESTS)
        (folder / "installed").touch()
    return python
