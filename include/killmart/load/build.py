"""Transform: turns killmails into the candidate tables of a batch, inside the transaction that opened it."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from killmart.db import batches, junctions, staging
from killmart.db.candidate import RefusedByDatabase, copy_lines, create_candidate
from killmart.db.locks import wait_at_most
from killmart.db.prices import PRICES_PATIENCE
from killmart.db.quarantine import Quarantined, Refusals
from killmart.errors import KillmartError
from killmart.model.ref import Arrival
from killmart.model.zkb import Zkb
from killmart.reference.appraise import Appraiser
from killmart.transform.copytext import Rows
from killmart.transform.decode import Decoded, decode
from killmart.transform.defects import REFETCHABLE, Defect, Reason
from killmart.transform.own import Own
from killmart.transform.rows import add_kill, add_zkb_change
from killmart.transform.sightings import Sightings
from killmart.transform.zkb import decode_zkb

log = logging.getLogger(__name__)

MAX_REFETCHES = 3
CHUNK = 1000
"""Killmails in memory as rows at once."""
CHUNK_BYTES = 8 << 20
"""Bytes of their bodies in memory at once: a thousand killmails have two to four million."""
_ODD = "they go on without what cannot be read of it, and zKillboard's other figures stand"


@dataclass
class Built:
    """What became of the killmails that a batch took up."""

    batch_id: int
    candidates: int = 0
    quarantined: int = 0
    known: int = 0
    refetched: int = 0
    unknown_fields: set[str] = field(default_factory=set)
    has_claimed: bool = False
    """Whether rows of staging belong to the batch, which it has to account for."""

    @property
    def is_kept(self) -> bool:
        """Whether the batch brings anything; else there is to be none."""
        return self.has_claimed or self.candidates > 0 or self.quarantined > 0

    @property
    def claimed(self) -> int:
        """Killmails that stay with the batch; those sent back to be fetched again have left it."""
        return self.candidates + self.quarantined + self.known

    def counts(self) -> dict[str, float]:
        """What goes into ops.run_metrics, in killmails."""
        return {
            "killmails": self.claimed,
            "candidate_killmails": self.candidates,
            "known_killmails": self.known,
            "quarantined_killmails": self.quarantined,
        }


class _Checked(NamedTuple):
    """A killmail that passed every row rule; `decoded` is None where core knows it: then only its zkb block counts."""

    arrival: Arrival
    zkb: Zkb
    decoded: Decoded | None


class _Ready(NamedTuple):
    """The same with our own figures, None where it is known or there is no static data."""

    arrival: Arrival
    zkb: Zkb
    decoded: Decoded | None
    own: Own | None


class BatchBuilder:
    """Fills the candidate tables of an open batch chunk by chunk, inside the caller's transaction."""

    def __init__(self, connection: Connection, batch_id: int, waived: Container[Reason] = ()) -> None:
        """`waived` are row rules that a person has overruled for what this batch brings."""
        self.connection = connection
        self._waived = waived
        self.built = Built(batch_id)
        self.refused_bytes = 0
        """Bytes of the bodies that go to quarantine."""
        self.sightings = Sightings()
        self.now = datetime.now(UTC)
        self._refusals = Refusals(connection, batch_id)
        self._odd_fields: dict[str, list[int]] = {}
        self._appraiser: Appraiser | None = None
        self._is_valued = True
        self._has_tables = False

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Take all back that the block has added where it raises a KillmartError."""
        self._make_tables()
        built = replace(self.built, unknown_fields=set(self.built.unknown_fields))
        sightings, refusals, size = self.sightings.copy(), copy(self._refusals), self.refused_bytes
        odd_fields = {name: list(ids) for name, ids in self._odd_fields.items()}
        savepoint = self.connection.begin_nested()
        try:
            yield
        except KillmartError:
            savepoint.rollback()
            self.built, self.sightings, self._refusals, self.refused_bytes = built, sightings, refusals, size
            self._odd_fields = odd_fields
            raise
        savepoint.commit()

    def _make_tables(self) -> None:
        """Make the candidate tables, once there is something to be put into them."""
        if not self._has_tables:
            create_candidate(self.connection, self.built.batch_id)
            self._has_tables = True

    def claim(self, most: int) -> None:
        """Take up what is fetched in staging, `most` killmails at most, the oldest first."""
        batch_id = self.built.batch_id
        ids = staging.claim(self.connection, batch_id, most)
        self.built.has_claimed = bool(ids)
        for chunk in staging.arrivals(self.connection, ids, CHUNK, CHUNK_BYTES):
            self.add(chunk)

    def add(self, chunk: list[Arrival]) -> list[tuple[Arrival, Defect]]:
        """Decode, check, value and copy one chunk; what may not enter is set apart one by one, and returned."""
        if chunk:
            self._make_tables()
        good: list[_Checked] = []
        refused: list[tuple[Arrival, Defect]] = []
        for arrival in chunk:
            try:
                good.append(self._take(arrival))
            except Defect as defect:
                refused.append((arrival, defect))
        refused += self._copy(self._valued(good))
        self._set_apart(refused)
        return refused

    def _take(self, arrival: Arrival) -> _Checked:
        zkb, odd_fields = decode_zkb(arrival.zkb)
        for name in odd_fields:
            self._odd_fields.setdefault(name, []).append(arrival.killmail_id)
        if arrival.known:
            return _Checked(arrival, zkb, None)
        if arrival.body is None:
            raise Defect(Reason.UNREADABLE, "its body is not here and core does not have it either")
        decoded = decode(arrival.body, arrival.killmail_id, arrival.killmail_hash, self.now, self._waived)
        killed_at = decoded.killmail.killmail_time.astimezone(UTC)
        if arrival.day is not None and killed_at.date() != arrival.day:
            raise Defect(Reason.OUTSIDE_DAY, f"killed at {killed_at:%Y-%m-%d %H:%M:%S}, which is not on {arrival.day}")
        return _Checked(arrival, zkb, decoded)

    def _valued(self, kills: list[_Checked]) -> list[_Ready]:
        """The killmails with our own figures where there are prices and static data."""
        figures = iter(self._figures([kill.decoded for kill in kills if kill.decoded is not None]))
        return [_Ready(*kill, None if kill.decoded is None else next(figures)) for kill in kills]

    def _figures(self, kills: list[Decoded]) -> list[Own | None]:
        """Our own figures; none from the moment on when they cannot be worked out, for whatever reason."""
        if not self._is_valued:
            return [None] * len(kills)
        reading = self.connection.begin_nested()
        try:
            wait_at_most(self.connection, PRICES_PATIENCE)
            if self._appraiser is None:
                self._appraiser = Appraiser(self.connection)
            return self._appraiser.figures(self.connection, kills)
        except Exception as error:  # a killmail never waits for what it is worth
            if self.connection.invalidated:
                raise  # PostgreSQL is away, and with it all else of the batch
            self._is_valued = False
            log.warning(
                "batch %d goes on without values, points and flags of our own (%s); the task values of the DAG "
                "reference_data brings them when what is wrong with prices or static data is mended",
                self.built.batch_id,
                " ".join(str(error).split())[:300] or type(error).__name__,
            )
            return [None] * len(kills)
        finally:
            reading.rollback()  # nothing was written, and the batch goes on as it was

    def _copy(self, kills: list[_Ready]) -> list[tuple[Arrival, Defect]]:
        """Copy killmails; where PostgreSQL refuses, halve until the killmails are found that it refuses."""
        if not kills:
            return []
        try:
            self._copy_rows(_rows_of(kills))
        except RefusedByDatabase as refusal:
            if len(kills) == 1:
                return [(kills[0].arrival, Defect(Reason.UNSTORABLE, str(refusal)))]
            middle = len(kills) // 2
            return self._copy(kills[:middle]) + self._copy(kills[middle:])
        for kill in kills:
            self._count(kill.decoded)
        return []

    def _copy_rows(self, rows: Rows) -> None:
        copy_lines(self.connection, self.built.batch_id, rows.columns, rows.lines)

    def _count(self, decoded: Decoded | None) -> None:
        if decoded is None:
            self.built.known += 1
            return
        self.built.candidates += 1
        self.sightings.add(decoded.killmail)
        self.built.unknown_fields |= decoded.unknown_fields

    def _set_apart(self, refused: list[tuple[Arrival, Defect]]) -> None:
        again: dict[int, str] = {}
        kept: list[tuple[Arrival, Defect]] = []
        for arrival, defect in refused:
            if defect.reason in REFETCHABLE and arrival.refetches < MAX_REFETCHES:
                again[arrival.killmail_id] = str(defect)
                log.warning("killmail %d: %s; its body is fetched again", arrival.killmail_id, defect)
            else:
                kept.append((arrival, defect))
                log.warning("killmail %d goes to quarantine: %s", arrival.killmail_id, defect)
        entries = [
            Quarantined(
                killmail_id=arrival.killmail_id,
                killmail_hash=arrival.killmail_hash,
                reason=defect.reason,
                detail=defect.detail,
                body=arrival.body,
                feed=arrival.source,
            )
            for arrival, defect in kept
        ]
        batch_id = self.built.batch_id
        staging.send_back(self.connection, batch_id, again)
        errors = {arrival.killmail_id: f"{defect.reason}: {defect.detail}" for arrival, defect in kept}
        staging.mark_quarantined(self.connection, batch_id, errors)
        self._refusals.keep(entries)
        self.refused_bytes += sum(len(entry.body or b"") for entry in entries)
        self.built.refetched += len(again)

    def finish(self) -> Built:
        """Put what was refused into quarantine, derive the junctions, add everybody who was seen, write the counts."""
        if not (self._has_tables or self.built.is_kept):
            return self.built  # nothing came
        self._make_tables()
        self.built.quarantined += self._refusals.quarantine()
        for name, ids in self._odd_fields.items():
            log.warning("%s of %d killmails is not as it should be, as of %s; %s", name, len(ids), ids[:5], _ODD)
        self.built.unknown_fields |= self._odd_fields.keys()
        self._copy_rows(self.sightings.rows())
        junctions.derive(self.connection, self.built.batch_id)
        batches.describe_built(
            self.connection,
            self.built.batch_id,
            claimed=self.built.claimed,
            candidates=self.built.candidates,
            quarantined=self.built.quarantined,
            refetched=self.built.refetched,
            known=self.built.known,
            unknown_fields=sorted(self.built.unknown_fields),
            priced_by={} if self._appraiser is None else self._appraiser.priced_by,
        )
        return self.built


def _rows_of(kills: list[_Ready]) -> Rows:
    rows = Rows()
    for arrival, zkb, decoded, own in kills:
        if decoded is not None:
            add_kill(rows, decoded, arrival.killmail_hash, zkb, arrival.source, own)
        elif arrival.zkb is not None:
            add_zkb_change(rows, arrival.killmail_id, zkb)
    return rows
