"""Where the services are: Airflow connections, read with or without Airflow.

Outside Airflow the variables `AIRFLOW_CONN_<ID>` are read, in both forms that Airflow knows (URI and JSON);
inside Airflow `killmart.orchestration.runtime` hands over what Airflow resolved. Both sides use `base_url` and
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
WAREHOUSE_ROLES = {
    "warehouse": "killmart_loader",
    "warehouse_owner": "killmart_owner",
    "warehouse_reader": "killmart_reader",
}
"""Connections to the warehouse, and the role that each is meant for: who loads it, migrates it, reads it for people."""
_DATABASES = dict.fromkeys(WAREHOUSE_ROLES, "`warehouse` is meant") | {
    "warehouse": "the embedded PostgreSQL is meant",
    "metadata": "the metadata of the Airflow that runs on the embedded PostgreSQL is meant",
}
"""Connections to databases, and what holds without them."""
_TYPES = {
    **dict.fromkeys(_DATABASES, ("postgres", "postgresql")),
    **dict.fromkeys(PUBLIC_URLS, ("http", "https", "")),
}
"""What the connections may be that are more than a wish to be notified."""
_ALL = (*_TYPES, "notify", "digest")
_PROTOCOLS = ("http", "https")


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

    Raises ConfigurationError naming the variable (never its text, which may hold a password) where it cannot be read,
    or its connection not be used.
    """
    name = f"AIRFLOW_CONN_{conn_id.upper()}"
    text = environ.get(name, "").strip()
    if not text:
        return None
    try:
        connection = _from_json(conn_id, text) if text.startswith("{") else _from_uri(conn_id, text)
    except (ValueError, TypeError, msgspec.MsgspecError):
        raise ConfigurationError(
            f"{name} is neither an Airflow connection URI nor its JSON form; "
            'an example: http://127.0.0.1:8090/esi or {"conn_type": "http", "host": "…"}'
        ) from None
    return usable(connection, name)


def usable(connection: Connection, name: str) -> Connection:
    """The connection; raises ConfigurationError where it is of the wrong type, or says nowhere to go.

    `name` is what people call it. Without this a service's connection without a host would mean the real service.
    """
    types = _TYPES.get(connection.conn_id)
    if types is None:
        return connection
    if connection.conn_type not in types:
        raise ConfigurationError(f"{name} is of the type {connection.conn_type!r}; it has to be {types[0]}.")
    is_somewhere = connection.host or connection.extra.get("host")
    if not is_somewhere and not (connection.conn_id in _DATABASES and connection.schema):  # the local socket
        raise ConfigurationError(
            f"{name} names no host, so there is nothing to connect to; without it {_without(connection)}."
        )
    if connection.port is not None and not 0 < connection.port < 65536:
        raise ConfigurationError(f"{name} names the port {connection.port}; it has to be from 1 to 65535.")
    return connection


def _without(connection: Connection) -> str:
    return _DATABASES.get(connection.conn_id) or f"{PUBLIC_URLS[connection.conn_id]} is meant"


def refuse_bad_connections(environ: Mapping[str, str] = os.environ, *, optional: bool = False) -> None:
    """Raise ConfigurationError naming the first `AIRFLOW_CONN_<ID>` of ours that cannot be read or used.

    With `optional` also those that only serve to notify people (notify, digest).
    """
    for conn_id in _ALL if optional else _TYPES:
        connection_from_environment(conn_id, environ)


class _Json(msgspec.Struct):
    conn_type: str | None = None
    host: str | None = None
    login: str | None = None
    password: str | None = None
    schema: str | None = None
    port: int | str | None = None
    extra: dict[str, Any] | str | None = None


def _from_json(conn_id: str, text: str) -> Connection:
    given = msgspec.json.decode(text, type=_Json)
    return Connection(
        conn_id=conn_id,
        conn_type=given.conn_type or "",
        host=given.host or "",
        login=given.login or "",
        password=given.password or "",
        schema=given.schema or "",
        port=int(given.port) if given.port else None,
        extra=_extra(given.extra),
    )


def _extra(given: dict[str, Any] | str | None) -> dict[str, Any]:
    return msgspec.json.decode(given, type=dict[str, Any]) if isinstance(given, str) and given else dict(given or {})


def _from_uri(conn_id: str, text: str) -> Connection:
    conn_type, separator, rest = text.partition("://")
    protocol, inner_separator, address = rest.partition("://")  # Airflow's http://https://host
    if not separator or not conn_type or (inner_separator and not protocol.isalpha()):
        raise ValueError("no connection URI")
    parts = urlsplit("//" + (address if inner_separator else rest))
    host = unquote(_host_as_written(parts.netloc))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Connection(
        conn_id=conn_id,
        conn_type=conn_type,
        host=f"{protocol}://{host}" if inner_separator and host else host,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        schema=unquote(parts.path.lstrip("/")),
        port=parts.port,
        extra=_extra(query.get("__extra__", query)),
    )


def _host_as_written(netloc: str) -> str:
    """The host in the letters it was written in (a socket folder has capital ones); `urlsplit` lowers them."""
    address = netloc.rpartition("@")[2]
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0]


def base_url(connection: Connection | None, conn_id: str) -> str:
    """Base URL of an HTTP service, without a trailing slash; the real service where there is no connection.

    Airflow keeps the path of a URI in `schema`, while its forms and JSON keep the protocol there: both are
    understood. A host may also be a whole URL.
    """
    if connection is None or not connection.host:
        return PUBLIC_URLS[conn_id]
    path = "" if connection.schema in _PROTOCOLS else connection.schema
    if "://" in connection.host:
        scheme, _, address = connection.host.partition("://")
        host, _, own_path = address.partition("/")
        path = f"{own_path.strip('/')}/{path.strip('/')}"
    else:
        scheme = next((name for name in (connection.schema, connection.conn_type) if name in _PROTOCOLS), "http")
        host = _bracketed(connection.host)
    port = f":{connection.port}" if connection.port and not urlsplit(f"//{host}").port else ""
    return f"{scheme}://{host}{port}/{path.strip('/')}".rstrip("/")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host  # IPv6


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
    path = quote(connection.schema, safe="") + (f"?{options}" if options else "")
    return f"postgresql+psycopg2://{credentials}@{_bracketed(host)}{port}/{path}"
