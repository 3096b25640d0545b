"""Who may read, who may act, and forms that only our own pages can send.

The app is given a FastAPI dependency that knows the login (`Access.identify`); everything else builds on the `Person`
that it returns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Form, HTTPException, Request
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

FORM_SECONDS = 12 * 3600
"""How long a form that was shown may be sent."""
_SALT = "killmart.web.form"


@dataclass(frozen=True)
class Person:
    """Who asks; `may_act` is the permission to change things, reading is proved by being a Person at all."""

    person_id: str
    name: str
    may_act: bool


@dataclass(frozen=True)
class Access:
    """How the app learns who asks: `identify` is a FastAPI dependency that returns a Person, or raises 401 or 403.

    It is a plain function, run in a thread of ours. `login_cookie` names the cookie of the login, `secret` signs the
    forms; `origins` are further addresses (`https://host`) under which the pages are served.
    """

    identify: Callable[..., Any]
    login_cookie: str
    secret: str
    origins: frozenset[str] = field(default_factory=frozenset)
    settle_questions: Callable[[], Any] = field(default=lambda: None)
    """Called when a page has decided on a batch, so that nobody goes on asking about it elsewhere; never raises."""

    def form_token(self, person: Person) -> str:
        """A token for the forms shown to this person; worthless for anybody else."""
        return self._signer.dumps(person.person_id)

    def check_form(self, request: Request, person: Person, token: str) -> None:
        """Raise 403, with a sentence for the person, unless our own page showed this person the form."""
        if not self._is_own_page(request):
            raise HTTPException(403, "This form was sent from another web site, so nothing was done.")
        try:
            holder = self._signer.loads(token, max_age=FORM_SECONDS)
        except SignatureExpired:
            raise HTTPException(
                403, "This form was open for too long, so nothing was done. Go back, reload the page and send it again."
            ) from None
        except BadSignature:
            holder = None
        if holder != person.person_id:
            raise HTTPException(
                403, "This form was not made for you, so nothing was done. Go back, reload the page and send it again."
            )

    @property
    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt=_SALT)

    def _is_own_page(self, request: Request) -> bool:
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        origin = request.headers.get("origin")
        if origin is None:
            return True
        return origin in self.origins or urlsplit(origin).netloc == request.headers.get("host")


def settle_questions(request: Request) -> None:
    """Let nobody go on asking about a batch that this request has decided on."""
    access: Access = request.app.state.access
    access.settle_questions()


async def actor(request: Request, csrf: Annotated[str, Form(max_length=1000)] = "") -> Person:
    """The person who acts: with the permission to, and by a form of ours."""
    person: Person = request.state.person
    if not person.may_act:
        raise HTTPException(
            403,
            "You may read these pages but not act on them, so nothing was done. "
            "Acting needs the permission to trigger the DAG review_batch.",
        )
    access: Access = request.app.state.access
    access.check_form(request, person, csrf)
    return person


Actor = Annotated[Person, Depends(actor)]
