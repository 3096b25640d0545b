"""Real killmails from files: EVE Ref's day archives and JSON Lines."""

from __future__ import annotations

import gzip
import re
import tarfile
from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec

from killmart.errors import KillmartError
from killmart.model.killmail import Killmail
from killmart_demo.config import SimulatorConfig
from killmart_demo.kill import Kill, publication_delay
from killmart_demo.valuation import zkb_block

_MEMBER = re.compile(r"(?:.*/)?killmails/\d+\.json")
_ADDED_KEYS = ("killmail_hash", "http_last_modified")
_TOP_LEVEL = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KILLMAIL = msgspec.json.Decoder(Killmail)


def read_kills(path: Path) -> Iterator[Kill]:
    """The kills of one file, in its order: `*.tar.bz2` as EVE Ref packs a day, `.jsonl` or `.jsonl.gz`.

    Raises KillmartError naming the file (and the line or member in it) that is missing, unreadable or not of this form.
    """
    try:
        for where, text in _texts(path):
            try:
                yield _kill(text)
            except (msgspec.MsgspecError, KeyError, TypeError, UnicodeError) as error:
                raise KillmartError(
                    f"{path}, {where}, is not a killmail as EVE Ref writes it ({error}); "
                    "leave the file out, or fetch it again."
                ) from error
    except (OSError, EOFError, tarfile.TarError) as error:
        raise KillmartError(
            f"The killmails in {path} cannot be read: {error}. Name files that exist, as .tar.bz2, .jsonl or .jsonl.gz."
        ) from error


def _texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """(where in the file, text of one killmail)."""
    if path.name.endswith(".tar.bz2"):
        with tarfile.open(path, "r:bz2") as archive:
            for member in archive:
                content = archive.extractfile(member) if _MEMBER.fullmatch(member.name) else None
                if content is not None:
                    yield f"member {member.name}", content.read()
    elif path.name.endswith((".jsonl", ".jsonl.gz")):
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"line {number}", line
    else:
        raise KillmartError(f"{path} is not a file of killmails; name .tar.bz2, .jsonl or .jsonl.gz files.")


def _kill(text: bytes) -> Kill:
    parts = _TOP_LEVEL.decode(text)
    killmail_hash = msgspec.json.decode(parts["killmail_hash"], type=str)
    # The values stay as they are, byte for byte; only the two keys that EVE Ref added go.
    body = msgspec.json.encode({key: part for key, part in parts.items() if key not in _ADDED_KEYS})
    killmail = _KILLMAIL.decode(body)
    killed_at = killmail.killmail_time.astimezone(UTC)
    plain: dict[str, Any] = msgspec.json.decode(body)
    return Kill(killmail.killmail_id, killmail_hash, killed_at, body, zkb_block(plain, killmail_hash, killed_at))


class BodyFiles:
    """Files of real killmails as a Catalogue: all of them are the first load, nothing follows."""

    def __init__(self, config: SimulatorConfig) -> None:
        self._seed = config.seed
        self._files = config.bodies
        self._kills = {kill.killmail_id: kill for path in config.bodies for kill in read_kills(path)}

    def get(self, killmail_id: int) -> Kill | None:
        return self._kills.get(killmail_id)

    def first_load(self, until: float) -> list[int]:
        return [kill.killmail_id for kill in self._in_order(self._kills.values())]

    def published(self, after: float, until: float) -> list[int]:
        return []

    def describe(self) -> str:
        return "the killmails of " + ", ".join(path.name for path in self._files)

    def _in_order(self, kills: Iterable[Kill]) -> list[Kill]:
        return sorted(
            kills,
            key=lambda kill: (
                kill.killed_at.timestamp() + publication_delay(self._seed, kill.killmail_id),
                kill.killmail_id,
            ),
        )
