"""What the tasks of `reference_data` call: one stage each, with counts small enough for XCom."""

from __future__ import annotations

from dataclasses import asdict

from killmart.orchestration.runtime import Counts, give_up, task_runtime


def load_static_data() -> Counts:
    """Bring CCP's static data up to date; a build that fails its checks fails the task for good, with the reasons."""
    from killmart.db.reference import StaticDataRefusedError
    from killmart.reference.static_data import load_static_data as load

    try:
        return asdict(load(task_runtime()))
    except StaticDataRefusedError as refusal:
        give_up(refusal)


def fill_names() -> Counts:
    """Ask ESI for the names that are due, for as long as the time box allows."""
    from killmart.reference.people import fill_names as fill

    runtime = task_runtime()
    return asdict(fill(runtime, runtime.settings.fetch_seconds))


def fill_affiliations() -> Counts:
    """Ask ESI where the characters seen lately belong, for as long as the time box allows."""
    from killmart.reference.people import fill_affiliations as fill

    runtime = task_runtime()
    return asdict(fill(runtime, runtime.settings.fetch_seconds))


def fill_prices() -> Counts:
    """Fetch prices of today and of days with kills that lack them, for as long as the time box allows."""
    from killmart.reference.prices import fill_prices as fill

    runtime = task_runtime()
    return asdict(fill(runtime, runtime.settings.fetch_seconds))


def fill_values() -> Counts:
    """Value what was loaded before prices or static data came, for as long as the time box allows."""
    from killmart.reference.values import fill_values as fill

    runtime = task_runtime()
    return asdict(fill(runtime, runtime.settings.fetch_seconds))
