"""A warehouse that accepts and never answers: a TCP proxy before the real one that can fall silent, and speak again."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from killmart.config.connections import Connection


@dataclass
class Silent:
    """The proxy as a connection; while `is_silent` it takes what comes and lets nothing through, either way."""

    connection: Connection
    speaks: threading.Event = field(default_factory=threading.Event)

    @property
    def is_silent(self) -> bool:
        return not self.speaks.is_set()

    @is_silent.setter
    def is_silent(self, value: bool) -> None:
        (self.speaks.clear if value else self.speaks.set)()


@contextmanager
def silent_proxy(warehouse: Connection) -> Iterator[Silent]:
    """A proxy before the warehouse (whose host is the folder of its socket), silent at first."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    one = Silent(replace(warehouse, host="127.0.0.1", port=listener.getsockname()[1]))
    open_sockets: list[socket.socket] = [listener]

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{warehouse.host}/.s.PGSQL.{warehouse.port or 5432}")
            open_sockets.extend((client, server))
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=pass_on, args=(source, target), daemon=True).start()

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                one.speaks.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield one
    finally:
        one.is_silent = False
        for each in open_sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
