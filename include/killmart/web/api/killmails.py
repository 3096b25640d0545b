"""Killmails: one whole, and lists of them, the newest first."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from killmart.db import killmails as stored
from killmart.web.api.answers import answer
from killmart.web.api.cursors import cursors_of
from killmart.web.api.fields import AskedCursor, AskedDays, AskedId, AskedIsk, AskedSmallId, PilotKind
from killmart.web.api.models import Killmail, KillmailPage
from killmart.web.errors import Missing, Refused
from killmart.web.frame import fields
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import page_of

router = APIRouter(prefix="/killmails", tags=["killmails"])

LONGEST = 31
"""Days that one question may span: what lies within them is read where no entity narrows it."""


class AskedKillmails(AskedDays):
    """Which killmails."""

    entity_kind: PilotKind | None = None
    entity_id: AskedId | None = None
    role: Literal["any", "victim", "attacker"] = "any"
    system_id: AskedSmallId | None = None
    min_value: Annotated[AskedIsk | None, Field(description="ISK at least; needs `from` or `to`")] = None
    cursor: AskedCursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    def wanted(self) -> stored.Wanted:
        """The filters together; raises Refused where they make no sense."""
        if (self.entity_kind is None) != (self.entity_id is None):
            raise Refused("`entity_kind` and `entity_id` belong together: give both or none.")
        if self.entity_kind is None and self.role != "any":
            raise Refused("`role` needs an entity: give `entity_kind` and `entity_id`.")
        if self.min_value is not None and not self.has_days:
            raise Refused(f"`min_value` needs a range of {LONGEST} days at most: give `from` and `to`.")
        return stored.Wanted(
            entity_kind=self.entity_kind,
            entity_id=self.entity_id,
            role=self.role,
            system_id=self.system_id,
            days=self.days(LONGEST, LONGEST) if self.has_days else None,
            min_value=self.min_value,
        )


@router.get("", response_model=KillmailPage)
def killmails(request: Request, asked: Annotated[AskedKillmails, Query()]) -> Response:
    """Killmails by entity, system, days and value, in falling order of their ids."""
    wanted, cursors = asked.wanted(), cursors_of(request, "killmails")
    key = cursors.read(asked.cursor)
    with warehouse(request) as connection:
        found = stored.killmails(connection, wanted, asked.limit + 1, before=key[0] if key else None)
    page = page_of(found, "killmail_id", size=asked.limit)
    return answer(request, KillmailPage, {"killmails": page.rows, "next": cursors.after(page)})


@router.get("/{killmail_id}", response_model=Killmail)
def killmail(request: Request, killmail_id: fields.PathId) -> Response:
    """A killmail with victim, attackers and items, and the names that are known."""
    with warehouse(request) as connection:
        found = stored.killmail(connection, killmail_id)
    if found is None:
        raise Missing(f"The warehouse has no killmail {killmail_id}.", "")
    return answer(request, Killmail, found)
