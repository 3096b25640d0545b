"""URLs without what is nobody's business: credentials, and in logs the query."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit, urlunsplit


def without_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """The URL as the libraries below may log it, and (user, password) where it had them."""
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))


def shown(url: str) -> str:
    """A URL as it may stand in a log or an error: host and path, no query, no credentials."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def origin(url: str) -> tuple[str, str]:
    """Scheme and host of a URL, with its port and without credentials."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]
