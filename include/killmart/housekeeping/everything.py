"""All chores, one behind the other; what fails in one keeps none of the others from its work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from killmart.errors import KillmartError
from killmart.housekeeping.chore import first_line
from killmart.housekeeping.component_logs import rotate_component_logs
from killmart.housekeeping.metadata import NoMetadataError, clean_metadata
from killmart.housekeeping.tables import prune_tables
from killmart.housekeeping.task_logs import remove_task_logs
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

CHORES: dict[str, Callable[[Runtime], dict[str, int]]] = {
    # logs first: they make room where the disk is so full that nothing else can be done
    "rotate_component_logs": rotate_component_logs,
    "remove_task_logs": remove_task_logs,
    "prune_tables": prune_tables,
    "clean_metadata": clean_metadata,
}
"""Every chore by its name, which is that of its task and of its stage in ops.run_metrics."""


def keep_house(runtime: Runtime) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Do all chores; what each has removed, and in sentences what could not be done."""
    done: dict[str, dict[str, Any]] = {}
    troubles: list[str] = []
    for name, do in CHORES.items():
        try:
            done[name] = do(runtime)
        except NoMetadataError as error:
            log.info("%s", error)
            done[name] = {}
        except (KillmartError, SQLAlchemyError) as error:
            troubles.append(str(error) if isinstance(error, KillmartError) else f"{name} failed: {first_line(error)}.")
    return done, troubles
