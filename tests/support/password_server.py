"""A PostgreSQL that listens on a port and asks everybody for a password, as the one in containers does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from killmart_stack.ports import free_port
from killmart_stack.postgres import DATABASES, EmbeddedPostgres
from killmart_stack.postgres_account import choose_account
from killmart_stack.postgres_files import ADMIN, ROLES
from support.folders import quick_folder


@dataclass
class PasswordServer:
    """The port on 127.0.0.1."""

    port: int
    _password: str = field(default="the superuser's", repr=False)

    def execute(self, statement: str, *parameters: str) -> None:
        """Run a statement on the database `postgres`."""
        given = {"host": "127.0.0.1", "port": self.port, "user": ADMIN, "dbname": "postgres"}
        with closing(psycopg2.connect(**given, password=self._password)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement, parameters)

    def set_password(self, password: str) -> None:
        """Give every role of Killmart and Airflow this password."""
        for role in ROLES[1:]:
            self.execute(f"ALTER ROLE {role} PASSWORD %s", password)


@contextmanager
def password_server() -> Iterator[PasswordServer]:
    """Such a server with both databases, empty, until the block ends."""
    with quick_folder() as folder:
        server = PasswordServer(free_port())
        binary, account = EmbeddedPostgres(folder).binary, choose_account()
        data, first = folder / "data", folder / "password"
        data.mkdir(mode=0o700)
        first.write_text(server._password)
        for path in (data, first):
            os.chown(path, account.owner, -1)

        def run(*arguments: str | Path) -> None:
            kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
            log = folder / "log"
            code = account.run([*arguments], log, {**kept, "LC_ALL": "C", "PGDATA": str(data)})
            assert code == 0, log.read_text()

        run(binary("initdb"), "-U", ADMIN, "-E", "UTF8", "--locale=C", "--auth=scram-sha-256", "--pwfile", first)
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nport = {server.port}\nunix_socket_directories = ''\n")
        run(binary("pg_ctl"), "-w", "start")
        try:
            for role in ROLES[1:]:
                server.execute(f"CREATE ROLE {role} LOGIN")
            for database, owner in DATABASES.items():
                server.execute(f"CREATE DATABASE {database} OWNER {owner}")
            yield server
        finally:
            run(binary("pg_ctl"), "-w", "-m", "immediate", "stop")
