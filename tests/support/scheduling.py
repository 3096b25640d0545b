"""What a worker of `make test` is given at a time."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

TOGETHER = "tests/end_to_end/"
"""The folder whose files share an installation, which takes minutes to start and a core while it is up."""


class Files(LoadFileScheduling):  # type: ignore[misc]  # xdist's is untyped to mypy
    """A file goes to one worker, and so do all the files of TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER if nodeid.startswith(TOGETHER) else str(super()._split_scope(nodeid))
