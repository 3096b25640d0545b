"""What makes an answer a file that is taken away."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
_LONGEST = 120


def attachment(ending: str, *name: str) -> dict[str, str]:
    """The header for a file `killmart-NAME.ending`, with a name that any file system takes, whatever its parts are."""
    plain = [_UNSAFE.sub("-", part).strip("-.") for part in name]
    whole = "-".join(part for part in plain if part)[:_LONGEST].strip("-.") or "file"
    return {"Content-Disposition": f'attachment; filename="killmart-{whole}.{ending}"'}
