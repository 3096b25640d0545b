"""Fills the junctions of core from killmails that a test has written straight into the other kill tables."""

from __future__ import annotations

from sqlalchemy import text

from killmart.config.sqlfiles import JUNCTIONS, core_names
from killmart.db.junctions import ALL_KILLS, deriving
from killmart.runtime import Runtime


def derive_in_core(runtime: Runtime, lowest: int = ALL_KILLS["lowest"], highest: int = ALL_KILLS["highest"]) -> None:
    """Derive who was on the killmails between two ids; they must have nobody yet."""
    with runtime.engine.begin() as connection:
        for kind in JUNCTIONS:
            connection.execute(text(core_names(deriving(kind))), {"lowest": lowest, "highest": highest})


def derive_anew(runtime: Runtime) -> None:
    """Derive who was on all killmails, whatever the junctions hold."""
    with runtime.engine.begin() as connection:
        for entities in JUNCTIONS.values():
            connection.execute(text(f"DELETE FROM core.kill_{entities}"))
    derive_in_core(runtime)
