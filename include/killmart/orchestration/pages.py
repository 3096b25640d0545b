"""The pages inside Airflow's api-server: Airflow's login and permissions as the app's access.

One DAG governs both: who may read its runs may read the pages, who may trigger it may act on them.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from airflow.configuration import conf
from airflow.models.dag import DagModel
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials

from killmart.config.settings import load_settings
from killmart.load.review import decided_batches
from killmart.orchestration.questions import settle_questions
from killmart.orchestration.runtime import find_connection
from killmart.runtime import Runtime
from killmart.web.access import Access, Person
from killmart.web.app import create_app

log = logging.getLogger(__name__)

GOVERNING_DAG = "review_batch"
PAGES_OWNER = "pages"
"""Owner of the batches that released killmails are built into."""


async def log_in(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)]
) -> BaseUser:
    """Airflow's user of this request, else 401; Airflow itself answers 403 to a token that it cannot read."""
    try:
        return await get_user(request, None, bearer)
    except HTTPException as error:
        raise HTTPException(401, error.detail) from error


def identify(user: Annotated[BaseUser, Depends(log_in)]) -> Person:
    """Airflow's user as a Person; 401 without a login, 403 without permission to read."""
    if not _may(user, "GET"):
        raise HTTPException(
            403,
            f"These pages need the permission to read runs of the DAG {GOVERNING_DAG}, which your Airflow user lacks. "
            "Whoever manages the users here can grant it.",
        )
    return Person(str(user.get_id()), user.get_name(), may_act=_may(user, "POST"))


def build_app() -> FastAPI:
    """The app for the plugin; the warehouse is looked up when the first page is asked for."""
    address = urlsplit(conf.get("api", "base_url", fallback=""))
    own = frozenset({f"{address.scheme}://{address.netloc}"} if address.netloc else ())
    secret = conf.get("api", "secret_key")
    access = Access(identify, COOKIE_NAME_JWT_TOKEN, secret, origins=own, settle_questions=_settle_questions)
    return create_app(_runtime, access)


@cache
def _runtime() -> Runtime:
    return Runtime(settings=load_settings(), find_connection=find_connection, owner=PAGES_OWNER)


def _settle_questions() -> None:
    """Close Airflow's question about a batch that was decided on its page; `monitor` does it where that fails."""
    try:
        settle_questions(decided_batches(_runtime()))
    except Exception:
        log.exception("The decision holds, but Airflow's question about the batch stays open until monitor has run")


def _may(user: Any, method: str) -> bool:
    details = DagDetails(id=GOVERNING_DAG, team_name=DagModel.get_team_name(GOVERNING_DAG))
    return bool(
        get_auth_manager().is_authorized_dag(
            method=method, access_entity=DagAccessEntity.RUN, details=details, user=user
        )
    )
