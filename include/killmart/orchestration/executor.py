"""The executor that runs the tasks: Airflow's own, for tasks that stop to wait and go on.

Airflow's scheduler takes the report that a task's process has ended for the end of the task. Where a question is
answered before that report is in, which on a busy machine may be many seconds later, the task has been started again
by then: Airflow 3.3 believes that somebody has killed it, asks again and forgets the answer (apache/airflow#67287,
apache/airflow#72716).
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from airflow.executors.local_executor import LocalExecutor
from airflow.utils.state import TaskInstanceState

log = logging.getLogger(__name__)

_ENDS = (TaskInstanceState.SUCCESS, TaskInstanceState.FAILED)


class ResumingExecutor(LocalExecutor):  # type: ignore[misc]  # Airflow comes without types
    """A LocalExecutor that keeps to itself the end of a process whose task it has been given again meanwhile."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._processes: Counter[Any] = Counter()
        """By task: processes whose end has not been reported."""

    def _process_workloads(self, workload_list: list[Any]) -> None:
        self._processes.update(workload.key for workload in workload_list)
        super()._process_workloads(workload_list)

    def change_state(self, key: Any, state: Any, info: Any = None, remove_running: bool = True) -> None:
        """Report the state of a task, unless another process of the same try has it in hand."""
        if state in _ENDS:
            others = self._processes.pop(key, 1) - 1
            if others > 0:
                self._processes[key] = others
                log.info("%s goes on already; that its process before has ended (%s) is no news", key, state)
                return
        super().change_state(key, state, info, remove_running)
