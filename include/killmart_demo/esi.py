"""ESI over HTTP: the killmail route with its token bucket, its caching headers and its errors."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import APIRouter, Request, Response

from killmart_demo.esi_limits import TokenBucket
from killmart_demo.kill import Kill
from killmart_demo.replies import ErrorReply
from killmart_demo.state import SimulatorState

GROUP = "killmail"
CACHE_SECONDS = 30 * 86_400
_HASH = re.compile(r"[0-9a-f]{40}")
_ID = re.compile(r"-?\d{1,19}", re.ASCII)


def esi_router(state: SimulatorState) -> APIRouter:
    """The routes of ESI, to be mounted under any prefix."""
    router = APIRouter()

    @router.get("/killmails/{killmail_id}/{killmail_hash}")
    @router.get("/killmails/{killmail_id}/{killmail_hash}/")
    async def read_killmail(killmail_id: str, killmail_hash: str, request: Request) -> Response:
        """The body of a killmail; every answer but 5xx and 429 costs tokens."""
        retry_after = state.bucket.retry_after()
        if retry_after is not None:
            state.watch.esi_overdrawn += 1
            response: Response = ErrorReply(429, "Too many requests: the tokens of this group are used up")
            response.headers["Retry-After"] = str(retry_after)
        else:
            response = _killmail(state, request, killmail_id, killmail_hash)
        state.bucket.spend(response.status_code)
        response.headers.update(_rate_limit_headers(state.bucket))
        return response

    return router


def _killmail(state: SimulatorState, request: Request, killmail_id: str, killmail_hash: str) -> Response:
    if not has_date(request):
        return ErrorReply(400, "Missing or invalid X-Compatibility-Date header: it must be a date, as 2026-08-18")
    if not _ID.fullmatch(killmail_id) or not -(2**63) <= int(killmail_id) < 2**63:
        return ErrorReply(400, "Invalid killmail_id: it must be an int64")
    number = int(killmail_id)
    if number in state.config.esi_gone:
        return ErrorReply(404, "Killmail not found")
    kill = state.catalogue.get(number)
    # `CCP VERIFIED` equals that of its kill, yet no such killmail was ever served.
    if kill is None or kill.killmail_hash != killmail_hash or not _HASH.fullmatch(killmail_hash):
        return ErrorReply(422, "Invalid killmail_id and/or killmail_hash")
    headers = _cache_headers(kill, state.config.now())
    if _is_unchanged(request, headers["ETag"], kill):
        return Response(status_code=304, headers=headers)
    state.esi_fetches[number] += 1
    return Response(kill.body, media_type="application/json", headers=headers)


def _cache_headers(kill: Kill, now: float) -> dict[str, str]:
    expires = datetime.fromtimestamp(now + CACHE_SECONDS, UTC)
    return {
        "ETag": f'"{hashlib.sha256(kill.body).hexdigest()[:56]}"',
        "Last-Modified": format_datetime(kill.killed_at, usegmt=True),
        "Expires": format_datetime(expires, usegmt=True),
        "Cache-Control": f"public, max-age={CACHE_SECONDS}",
    }


def _is_unchanged(request: Request, etag: str, kill: Kill) -> bool:
    """Whether the caller has this body already; If-None-Match goes before If-Modified-Since."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or etag in [one.strip().removeprefix("W/") for one in known.split(",")]
    since = request.headers.get("if-modified-since")
    try:
        return since is not None and parsedate_to_datetime(since) >= kill.killed_at
    except (ValueError, TypeError):
        return False


def has_date(request: Request) -> bool:
    """Whether a request names the version of ESI that it was written for."""
    text = request.headers.get("x-compatibility-date", "")
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _rate_limit_headers(bucket: TokenBucket) -> dict[str, str]:
    minutes, seconds = divmod(bucket.window_seconds, 60)
    window = f"{bucket.window_seconds:g}s" if seconds else f"{minutes:.0f}m"
    return {
        "X-Ratelimit-Group": GROUP,
        "X-Ratelimit-Limit": f"{bucket.tokens}/{window}",
        "X-Ratelimit-Remaining": str(bucket.remaining),
        "X-Ratelimit-Used": str(bucket.used),
    }
