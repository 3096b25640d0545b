"""A transport sends a request through the one inside it; each adds one concern of HTTP, and none knows another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter

Manner = Callable[[Callable[[], requests.Response]], requests.Response]
"""What is done around sending: it gets `send`, calls it when it may, and returns or raises what is to come of it."""


class Transport(BaseAdapter):
    """Sends through `inner` and closes it; a layer changes what it is about."""

    def __init__(self, inner: BaseAdapter) -> None:
        super().__init__()
        self._inner = inner

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        return self._inner.send(request, *args, **kwargs)

    def close(self) -> None:
        self._inner.close()


class Mannerly(Transport):
    """Minds a manner: a pause, a pace, places or a budget, which the workers share."""

    def __init__(self, inner: BaseAdapter, manner: Manner) -> None:
        super().__init__(inner)
        self._manner = manner

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        return self._manner(lambda: self._inner.send(request, *args, **kwargs))
