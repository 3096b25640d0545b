"""Behaviour by `KILLMART_*` variables: read once, checked, refused by name when bad.

Every variable is listed in docs/settings.md (a test compares the two).
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from killmart.errors import ConfigurationError

PROJECT = Path(__file__).resolve().parents[3]
PREFIX = "KILLMART_"

Positive = Annotated[float, Meta(gt=0, le=1e6)]
Count = Annotated[int, Meta(gt=0, le=10**7)]
Port = Annotated[int, Meta(ge=0, le=65535)]
FeedName = Literal["redisq", "r2z2"]
LogFormat = Literal["text", "json"]
SECRETS = frozenset({"metrics_token", "api_token"})
"""Settings whose values are never logged or shown."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may set; the field `redisq_rate` is the variable `KILLMART_REDISQ_RATE`."""

    home: str = ".killmart"
    """Folder of everything that this installation keeps: database, logs, cache, password."""
    port: Port = 8080
    """Port of the Airflow UI on 127.0.0.1."""
    contact: Annotated[str, Meta(pattern=r"^[ -~]*\Z")] = ""
    """The person who runs this installation (an e-mail address or an EVE character), for the User-Agent."""
    feed: FeedName = "redisq"
    """The feed that `killmails_live` drains."""
    live_minutes: Annotated[int, Meta(ge=1, le=59)] = 5
    """Minutes between two runs of `killmails_live`."""
    everef_rate: Positive = 2.0
    """Requests per second to EVE Ref, two of them at once at most."""
    redisq_rate: Positive = 2.0
    """Requests per second to RedisQ, listen and object calls together."""
    redisq_ttw: Annotated[int, Meta(ge=1, le=10)] = 1
    """Seconds that RedisQ may hold a request open while its queue is empty."""
    redisq_filter: str = ""
    """RedisQ's filter rule; empty takes everything."""
    r2z2_rate: Positive = 10.0
    """Requests per second to R2Z2; the public host allows 15."""
    r2z2_start: Annotated[int, Meta(ge=0)] = 0
    """Sequence number to begin with where no cursor is stored yet; 0 is the head of the feed."""
    r2z2_pause: Positive = 6.0
    """Seconds to leave R2Z2 alone after it said 404; it asks for 6 at least."""
    drain_seconds: Positive = 240.0
    """Time box of one drain, in seconds."""
    esi_concurrency: Annotated[int, Meta(ge=1, le=64)] = 8
    """Requests to ESI in flight at once, per process."""
    esi_rate: Positive = 50.0
    """Requests per second to ESI at most, per process; the shared token budget binds as well."""
    retry_seconds: Positive = 30.0
    """Seconds before a failed body is asked for again; doubles with every failure."""
    fetch_seconds: Positive = 600.0
    """Time box of one fetch inside a DAG run, in seconds."""
    batch_kills: Count = 20_000
    """Killmails in one batch at most."""
    cache_mb: Count = 512
    """Megabytes that the cache of ESI's answers may take on disk."""
    staging_days: Positive = 30.0
    """Days that promoted rows stay in staging."""
    review_hours: Positive = 72.0
    """Hours that a blocked batch waits for an answer once somebody is asked; then its killmails go to quarantine."""
    results_days: Positive = 90.0
    """Days that each result of the gate is kept; its runs and daily sums stay."""
    statistics_days: Positive = 400.0
    """Days that request counts, metrics, alerts and messages are kept; sums over everything stay."""
    airflow_days: Positive = 30.0
    """Days that Airflow keeps DAG runs that have ended, and the logs of their tasks."""
    log_mb: Count = 10
    """Megabytes at which `housekeeping` rotates the log of a component; five older ones are kept, compressed."""
    log_format: LogFormat = "text"
    """How the command line logs: lines for people, or one JSON object a line."""
    metrics_token: Annotated[str, Meta(pattern=r"^([!-~]{16,})?\Z")] = ""
    """Bearer token for `/killmart/metrics`, 16 characters at least; empty lets in Airflow logins only."""
    api_token: Annotated[str, Meta(pattern=r"^([!-~]{16,})?\Z")] = ""
    """Bearer token for the API at `/killmart/api/v1`, 16 characters at least; empty lets in Airflow logins only."""
    digest_entity: Annotated[str, Meta(pattern=r"^((character|corporation|alliance):[1-9][0-9]{0,17})?\Z")] = ""
    """The subject of the daily digest, such as `alliance:99000001`; empty is the whole warehouse."""

    def __repr__(self) -> str:
        """Every setting but the secret ones."""
        shown = (
            f"{name}={'***' if name in SECRETS and getattr(self, name) else repr(getattr(self, name))}"
            for name in self.__struct_fields__
        )
        return f"Settings({', '.join(shown)})"

    @property
    def home_path(self) -> Path:
        """`KILLMART_HOME` as an absolute path; a relative one counts from the project's folder."""
        return (PROJECT / Path(self.home).expanduser()).resolve()

    @property
    def esi_cache(self) -> Path:
        """File of the HTTP cache of ESI's answers."""
        return self.home_path / "cache" / "esi.sqlite"


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environ`; an empty variable counts as unset.

    Raises ConfigurationError naming the variable and what it takes.
    """
    given = {
        field: environ[PREFIX + field.upper()].strip()
        for field in Settings.__struct_fields__
        if environ.get(PREFIX + field.upper(), "").strip()
    }
    settings = Settings()
    for field, text in given.items():
        kind = _annotation(field)
        try:
            value = msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError as error:
            wanted = " or ".join(map(repr, get_args(kind))) if kind in (FeedName, LogFormat) else str(error)
            shown = repr(text)
            if field in SECRETS:
                shown, wanted = "***", "it takes 16 characters at least, printable ASCII without spaces"
            raise ConfigurationError(f"{PREFIX}{field.upper()}={shown} is refused: {wanted}") from None
        settings = msgspec.structs.replace(settings, **{field: value})
    _refuse_bad_home(settings)
    return settings


def _refuse_bad_home(settings: Settings) -> None:
    """Raise ConfigurationError where some program that has to find the home would not."""
    try:
        home = str(settings.home_path)
    except RuntimeError:
        why = "there is no such user"
    else:
        if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in home):  # Cs: what is no UTF-8
            why = "it holds a line break, a control character or bytes that are no UTF-8"
        elif os.path.expandvars(home) != home:
            why = "Airflow would replace the variable in it"
        else:
            return
    raise ConfigurationError(f"{PREFIX}HOME={settings.home!r} is refused: {why}")


def _annotation(field: str) -> object:
    return next(f.type for f in msgspec.structs.fields(Settings) if f.name == field)
