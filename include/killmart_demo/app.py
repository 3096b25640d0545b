"""The simulator as one FastAPI app and one uvicorn server, for the command line and for tests."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from killmart.errors import KillmartError
from killmart_demo.config import SimulatorConfig
from killmart_demo.control import control_router
from killmart_demo.esi import esi_router
from killmart_demo.everef import everef_router
from killmart_demo.history import history_router
from killmart_demo.injector import TRANSPORT, Injector
from killmart_demo.market import market_router, prices_router
from killmart_demo.names import names_router
from killmart_demo.r2z2 import r2z2_router
from killmart_demo.recorder import Recorder
from killmart_demo.redisq import redisq_router
from killmart_demo.sde import sde_router
from killmart_demo.state import CONTROL, SimulatorState

__all__ = ["SimulatorConfig", "build_app", "running", "serve"]

SERVICES = {
    "redisq": (redisq_router,),
    "esi": (esi_router, names_router, prices_router),
    "r2z2": (r2z2_router, history_router),
    "everef": (everef_router, market_router),
    "sde": (sde_router,),
}
"""The routers of every upstream by the path they are mounted under, which is also the id of its Airflow connection."""
_GRACE_SECONDS = 2


def build_app(config: SimulatorConfig) -> FastAPI:
    """One app with every upstream under its own prefix; `app.state.simulator` is its SimulatorState.

    Raises KillmartError where a file of bodies cannot be read.
    """
    state = SimulatorState(config)
    app = FastAPI(title="Killmart's simulated upstreams", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.simulator = state
    for service, routers in SERVICES.items():
        for router in routers:
            app.include_router(router(state), prefix=f"/{service}")
    app.include_router(control_router(state), prefix=f"/{CONTROL}")
    # The middleware added last is the outermost: the status on record is the one that was sent.
    app.add_middleware(Injector, state=state)
    app.add_middleware(Recorder, state=state)
    return app


_Protocol: Any = AutoHTTPProtocol


class _OpenProtocol(_Protocol):  # type: ignore[misc]
    """uvicorn's protocol, passing the app its transport: an injected fault cuts the very connection."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class _Server(uvicorn.Server):
    """uvicorn, letting the simulator know at once that it is to stop, so that no long poll holds it up."""

    def __init__(self, app: FastAPI, listener: socket.socket, announce: bool = False) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_OpenProtocol,
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self.state: SimulatorState = app.state.simulator
        self.url = "http://{}:{}".format(*listener.getsockname()[:2])
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._announce:
            print(_announcement(self.url, self.state), flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stop()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """End the server and whatever waits in it."""
        self.state.stopping = True
        self.should_exit = True


def serve(config: SimulatorConfig) -> None:
    """Serve until SIGINT or SIGTERM, then return; prints one line with the address once it listens.

    To be called in the main thread. Raises KillmartError where the port is taken or a file of bodies unreadable.
    """
    app = build_app(config)
    with _listener(config) as listener:
        server = _Server(app, listener, announce=True)
        # uvicorn raises the signal once more when it is done, for whoever had it before: that is this function.
        before = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            server.run(sockets=[listener])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@dataclass(frozen=True)
class Running:
    """A simulator that runs in this process."""

    url: str
    """`http://127.0.0.1:PORT`; the upstreams are below it."""
    state: SimulatorState


@contextmanager
def running(config: SimulatorConfig) -> Iterator[Running]:
    """Run a simulator in a thread while the block runs; it listens when the block begins."""
    app = build_app(config)
    with _listener(config) as listener:
        server = _Server(app, listener)
        thread = threading.Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise KillmartError("The simulator did not start; its log is above.")
                time.sleep(0.005)
            yield Running(server.url, server.state)
        finally:
            server.stop()
            thread.join()


def _listener(config: SimulatorConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise KillmartError(
            f"The simulator cannot listen on {config.host}:{config.port}: {error.strerror}. "
            "Choose another port, or 0 for a free one."
        ) from error
    return listener


def _announcement(url: str, state: SimulatorState) -> str:
    services = " ".join(f"{service}={url}/{service}" for service in SERVICES)
    more = ", newer ones as time passes" if state.config.trickle and not state.config.bodies else ""
    return f"simulator: {url} {services} ({state.feed.first_load} killmails of {state.catalogue.describe()}{more})"
