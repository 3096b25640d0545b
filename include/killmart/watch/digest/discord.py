"""Posts a digest to a Discord webhook: text and picture in one message, which may mention nobody.

Apprise, which sends the alerts, would make two messages of it and cannot forbid mentions.
"""

from __future__ import annotations

import json

import requests

from killmart.db.actions import storable_note
from killmart.errors import KillmartError
from killmart.sources.http import was_sent
from killmart.sources.transport.session import build_session
from killmart.watch.digest.message import PICTURE, Digest
from killmart.watch.notify import scrubbed

_READ, _SHOWN = 10_000, 200
"""Characters of an answer that are looked at and shown: a secret is found whole before it is cut."""
_GATEWAY_TIMEOUTS = (504, 524)
"""What a proxy in between answers (524: Cloudflare) when it waits no longer; what it passed on may have been taken."""


class NotTakenError(KillmartError):
    """The webhook did not take the message; it may be sent again."""


class UnsureError(KillmartError):
    """The message was sent but no answer came: whether it was taken, nobody knows."""


def post(url: str, digest: Digest) -> None:
    """Post the message; raises NotTakenError or UnsureError, without the webhook's address in their words."""
    payload = {
        "embeds": [digest.embed],
        "allowed_mentions": {"parse": []},
        "attachments": [{"id": 0, "filename": PICTURE}],
    }
    try:
        with build_session("digest", url, per_second=1) as session:
            answer = session.post(
                url,
                params={"wait": "true"},  # until it is stored: what is wrong with it comes back
                data={"payload_json": json.dumps(payload)},
                files={"files[0]": (PICTURE, digest.chart, "image/png")},
            )
    except requests.ConnectTimeout:
        raise NotTakenError("The webhook's host did not answer within 5 s.") from None
    except (requests.ConnectionError, requests.Timeout) as error:
        said = f"{type(error).__name__} at the webhook"
        raise (UnsureError if was_sent(error) else NotTakenError)(f"{said}: no answer came.") from None
    except ValueError as error:  # InvalidURL and its kind, and UnicodeError: nothing was sent
        raise NotTakenError(f"The webhook's address cannot be used ({type(error).__name__}).") from None
    except requests.RequestException as error:  # such as an answer that broke off, or has no end
        raise UnsureError(f"{type(error).__name__} at the webhook: its answer cannot be read.") from None
    if answer.status_code in _GATEWAY_TIMEOUTS:
        raise UnsureError(f"The webhook answered {answer.status_code}: whatever is behind it took too long to answer.")
    if not 200 <= answer.status_code < 300:
        said = storable_note(scrubbed(" ".join(answer.text[:_READ].split()), url))[:_SHOWN]
        raise NotTakenError(f"The webhook answered {answer.status_code}: {said or 'nothing more'}.")
