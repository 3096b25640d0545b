"""Where the services are: Airflow connections, read with or without Airflow.

Outside Airflow the variables `AIRFLOW_CONN_<ID>` are read, in both forms that Airflow knows (URI and JSON);
inside Airflow `killmart.airflow.runtime` hands over what Airflow resolved. Both sides use `base_url` and
`database_url`, so an endpoint means the same everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import msgspec

from killmart.errors import ConfigurationError

PUBLIC_URLS = {
    "redisq": "https://zkillredisq.stream",
    "r2z2": "https://r2z2.zkillboard.com",
    "esi": "https://esi.evetech.net",
    "everef": "https://data.everef.net",
    "sde": "https://developers.eveonline.com",
}
"""Base URLs of the real services, used where no connection is configured."""


@dataclass(frozen=True)
class Connection:
    """The parts of an Airflow connection, named as Airflow names them."""

    conn_id: str
    conn_type: str = ""
    host: str = ""
    login: str = ""
    password: str = ""
    schema: str = ""
    port: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def connection_from_environment(conn_id: str, environ: Mapping[str, str] = os.environ) -> Connection | None:
    """Parse `AIRFLOW_CONN_<ID>`, or None where it is not set.

    Raises ConfigurationError naming the variable (never its text, which may hold a password).
    """
    name = f"AIRFLOW_CONN_{conn_id.upper()}"
    text = environ.get(name, "").strip()
    if not text:
        return None
    try:
        return _from_json(conn_id, text) if text.startswith("{") else _from_uri(conn_id, text)
    except (ValueError, TypeError, msgspec.MsgspecError):
        raise ConfigurationError(
            f"{name} is neither an Airflow connection URI nor its JSON form; "
            'an example: http://127.0.0.1:8090/esi or {"conn_type": "http", "host": "…"}'
        ) from None


def _from_json(conn_id: str, text: str) -> Connection:
    given = msgspec.json.decode(text, type=dict[str, Any])
    extra = given.get("extra") or {}
    return Connection(
        conn_id=conn_id,
        conn_type=given.get("conn_type") or "",
        host=given.get("host") or "",
        login=given.get("login") or "",
        password=given.get("password") or "",
        schema=given.get("schema") or "",
        port=int(given["port"]) if given.get("port") else None,
        extra=msgspec.json.decode(extra, type=dict[str, Any]) if isinstance(extra, str) else extra,
    )


def _from_uri(conn_id: str, text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    return Connection(
        conn_id=conn_id,
        conn_type=parts.scheme,
        host=unquote(parts.hostname or ""),
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        schema=unquote(parts.path.lstrip("/")),
        port=parts.port,
        extra=dict(parse_qsl(parts.query)),
    )


def base_url(connection: Connection | None, conn_id: str) -> str:
    """Base URL of an HTTP service, without a trailing slash; the real service where there is no connection.

    Airflow keeps the path of a URI in `schema`, while its forms and JSON keep the protocol there: both are
    understood. A host may also be a whole URL.
    """
    if connection is None or not connection.host:
        return PUBLIC_URLS[conn_id]
    if "://" in connection.host:
        root, path = connection.host.rstrip("/"), ""
        if connection.schema not in ("", "http", "https"):
            path = connection.schema
    elif connection.schema in ("http", "https"):
        root, path = f"{connection.schema}://{connection.host}", ""
    else:
        scheme = connection.conn_type if connection.conn_type in ("http", "https") else "http"
        root, path = f"{scheme}://{connection.host}", connection.schema
    if connection.port and "://" not in connection.host:
        root += f":{connection.port}"
    return f"{root}/{path.strip('/')}".rstrip("/")


def database_url(connection: Connection) -> str:
    """SQLAlchemy URL of a PostgreSQL connection, with psycopg2 as its driver; a socket folder may be the host."""
    credentials = quote(connection.login, safe="")
    if connection.password:
        credentials += ":" + quote(connection.password, safe="")
    query = {key: str(value) for key, value in connection.extra.items() if isinstance(value, str | int)}
    host = connection.host or str(query.pop("host", ""))
    if host.startswith("/"):
        query["host"], host = host, ""
    port = f":{connection.port}" if connection.port and host else ""
    if connection.port and not host:
        query["port"] = str(connection.port)
    options = "&".join(f"{quote(key)}={quote(value, safe='')}" for key, value in query.items())
    database = quote(connection.schema, safe="")
    return f"postgresql+psycopg2://{credentials}@{host}{port}/{database}" + (f"?{options}" if options else "")
