"""A backup as pg_restore reads it, without a server: what it is, and whether this Killmart can restore it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from killmart.db.programs import FindProgram, ProgramFailed, output
from killmart.db.revisions import of_code
from killmart.errors import KillmartError

_TABLES = (" TABLE public schema_version ", " TABLE core kills_fact ")
"""What every warehouse has, as pg_restore lists it."""
_ROLE = r'("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)'
_NAMES_A_ROLE = re.compile(
    rf"^(?:GRANT|REVOKE) .* (?:TO|FROM) {_ROLE}(?: WITH GRANT OPTION)?;$"
    rf"|^ALTER DEFAULT PRIVILEGES FOR ROLE {_ROLE} .* (?:TO|FROM) {_ROLE}(?: WITH GRANT OPTION)?;$"
    rf"|^ALTER .* OWNER TO {_ROLE};$"
    rf"|^SET SESSION AUTHORIZATION {_ROLE};$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Dump:
    """A backup that can be restored: where it is, how many entries it lists, and the roles that it names."""

    file: Path
    revision: str
    entries: int
    roles: frozenset[str]


def read_dump(find: FindProgram, file: str) -> Dump:
    """Look at a backup; raises KillmartError where it is none of a warehouse, or of a newer Killmart's.

    Of a file that is damaged further behind, only reading all of it shows it.
    """
    place = Path(file).expanduser().resolve()
    program = find("pg_restore")
    try:
        if not place.is_dir():
            place.open("rb").close()
    except OSError as error:
        raise KillmartError(
            f"The backup {place} cannot be read ({error.strerror}): name the file or folder that `make backup` wrote. "
            "Nothing was changed."
        ) from error
    try:
        entries = [line for line in output(program, "--list", str(place)).splitlines() if not line.startswith(";")]
        is_warehouse = all(any(table in line for line in entries) for table in _TABLES)
        revision = _revision(program, place) if is_warehouse else ""
        statements = output(program, "--schema-only", "--file=-", str(place)) if is_warehouse else ""
    except ProgramFailed as failure:
        raise KillmartError(
            f"{place} is no backup, or a damaged one ({failure}): name a file or folder that `make backup` wrote. "
            "Nothing was changed."
        ) from None
    if not is_warehouse:
        raise KillmartError(
            f"{place} is a dump of something else than a warehouse of Killmart: name one that `make backup` wrote. "
            "Nothing was changed."
        )
    if revision not in of_code():
        raise KillmartError(
            f"{place} is from a newer Killmart: its warehouse is at revision {revision}, and this one knows "
            f"revisions up to {max(of_code())}. Restore it with the version that wrote it, or a later one. Nothing was "
            "changed."
        )
    return Dump(place, revision, len(entries), roles_in(statements))


def roles_in(statements: str) -> frozenset[str]:
    """The roles that own something or are granted something by these statements of pg_restore."""
    quoted = {role for found in _NAMES_A_ROLE.findall(statements) for role in found if role and role != "PUBLIC"}
    return frozenset(role[1:-1].replace('""', '"') if role.startswith('"') else role for role in quoted)


def _revision(program: Path, place: Path) -> str:
    """What the table has whose one row says the revision."""
    only = ["--data-only", "--schema=public", "--table=schema_version"]
    rows = output(program, *only, "--file=-", str(place)).splitlines()
    begin = next((number for number, line in enumerate(rows) if line.startswith("COPY public.schema_version ")), None)
    if begin is None:
        raise ProgramFailed("it has no row of public.schema_version")
    return rows[begin + 1]
