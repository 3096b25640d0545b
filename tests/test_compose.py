"""docker-compose.yaml and Dockerfile, as far as they can be tested without an engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from typer.main import get_command

from killmart.cli.main import app
from killmart.config.connections import PUBLIC_URLS, WAREHOUSE_ROLES, connection_from_environment, database_url
from killmart.config.settings import PREFIX, PROJECT, Settings, load_settings
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart_stack.airflow_env import (
    POOLS_FILE,
    SETTINGS_FILE,
    airflow_environment,
    choose_ports,
    common_settings,
    pools,
)
from killmart_stack.home import Home
from killmart_stack.postgres import EmbeddedPostgres
from support.composing import EXAMPLE, FILLED, compose_config, composed, env_text
from support.folders import quick_folder
from support.password_server import PasswordServer, password_server

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "killmart"]
ODD = """a b"c$d${HOME}\\e@f/g%h#i:j?k&l=m"""
"""A password with every character that a URL, a shell, Compose or YAML reads in a way of its own."""
CONNECT = """
import asyncio
from airflow import settings
from sqlalchemy import create_engine, text
from killmart.config.connections import connection_from_environment, database_url

WHICH = text("SELECT current_database()")


async def asked():
    async with settings.AsyncSession() as session:
        found = await session.scalar(WHICH)
    await settings.async_engine.dispose()
    return found


def found(conn_id):
    with create_engine(database_url(connection_from_environment(conn_id))).connect() as connection:
        return connection.scalar(WHICH)


with settings.Session() as session:
    print(session.scalar(WHICH), asyncio.run(asked()), *map(found, ("warehouse", "warehouse_reader", "metadata")))
"""
OWNER_CONNECTION = "AIRFLOW_CONN_WAREHOUSE_OWNER"
OF_OWNER = {OWNER_CONNECTION, "POSTGRES_OWNER_PASSWORD"}
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")


def commands() -> list[list[str]]:
    """Every command line that a container runs, health checks included, as words."""
    found = []
    for name in OURS:
        command = SERVICES[name]["command"]
        lines = [command] if isinstance(command, str) else command[-1].splitlines()
        found += [shlex.split(line) for line in lines]
        found += [SERVICES[name]["healthcheck"]["test"][1:]] if "healthcheck" in SERVICES[name] else []
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[PasswordServer]:
    """A PostgreSQL that asks for passwords."""
    with password_server() as one:
        yield one


def test_every_killmart_command_parses() -> None:
    called = [words[3:] for words in commands() if words[:3] == ["python", "-m", "killmart"]]
    assert {words[0] for words in called} == {"migrate", "simulate"}
    for command, *arguments in called:
        get_command(app).commands[command].make_context(command, arguments)  # type: ignore[attr-defined]


def test_every_airflow_command_and_option_is_known(tmp_path: Path) -> None:
    """Airflow's own parser and list of options, in a process of their own, as importing Airflow writes to its home."""
    lines = [words[1:] for words in commands() if words[0] == "airflow"]
    assert {line[0] for line in lines} >= {"db", "pools", *COMPONENTS}
    named = [*SERVICES["scheduler"]["environment"], *common_settings()]
    options = [name.removesuffix("_CMD").split("__")[1:] for name in named if name.startswith("AIRFLOW__")]
    script = """
import json, sys
from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf
lines, options = json.load(sys.stdin)
for line in lines:
    get_parser().parse_args(line)
described = conf.configuration_description
print(json.dumps([o for o in options if o[1].lower() not in described.get(o[0].lower(), {}).get("options", {})]))
"""
    environment = {"PATH": os.environ["PATH"], "AIRFLOW_HOME": str(tmp_path)}
    process = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps([lines, options]),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout.splitlines()[-1]) == []


def test_airflow_services_share_one_environment_and_image() -> None:
    for name in OURS:
        common = {key: value for key, value in SERVICES[name]["environment"].items() if key not in OF_OWNER}
        assert common.items() <= SERVICES["scheduler"]["environment"].items()
        assert SERVICES[name]["env_file"] == [str(SETTINGS_FILE.relative_to(PROJECT)), ".env"]
        assert SERVICES[name]["volumes"] == SERVICES["scheduler"]["volumes"]
    assert "AIRFLOW__API_AUTH__JWT_SECRET" in SERVICES["scheduler"]["environment"]


def test_the_images_of_others_get_no_secret_of_ours() -> None:
    others = {name: service for name, service in SERVICES.items() if name not in OURS}
    assert [name for name, service in others.items() if "env_file" in service] == []
    given = {name: set(service["environment"]) for name, service in others.items()}
    roles = ("AIRFLOW_", "OWNER_", "LOADER_", "READER_", "")
    assert given["postgres"] == {f"POSTGRES_{role}PASSWORD" for role in roles}
    assert given["prometheus"] == {"KILLMART_METRICS_TOKEN"}
    assert {name.partition("_")[0] for name in given["grafana"]} == {"GF"}


def test_what_may_change_the_schema_is_known_to_the_one_that_migrates_alone() -> None:
    """Each service of ours reads .env, which has all passwords: those that it must not have are taken away."""
    assert [name for name in OURS if OWNER_CONNECTION in SERVICES[name]["environment"]] == ["init"]
    named = " ".join(str(value) for value in SERVICES["scheduler"]["environment"].values())
    assert set(re.findall(r"://(\w+)[:@].*?@?postgres:5432", named)) == {
        "airflow",
        "killmart_loader",
        "killmart_reader",
    }
    for name in OURS:
        kept = {"POSTGRES_OWNER_PASSWORD"} if name == "init" else set()
        for secret in {"POSTGRES_PASSWORD", "POSTGRES_OWNER_PASSWORD"} - kept:
            assert SERVICES[name]["environment"][secret] == ""


@pytest.fixture
def initialised() -> Iterator[EmbeddedPostgres]:
    """A server as the image of PostgreSQL leaves it: its files for a new volume run by psql, in their order."""
    with quick_folder() as home:
        server = EmbeddedPostgres(home)
        server.start()
        try:
            emptied = "DROP DATABASE killmart; DROP DATABASE airflow; DROP ROLE airflow, " + ", ".join(
                WAREHOUSE_ROLES.values()
            )
            psql = [server.binary("psql"), server.dsn("postgres"), "-v", "ON_ERROR_STOP=1", "--no-psqlrc"]
            subprocess.run(psql, input=emptied, text=True, check=True, capture_output=True)
            given = {name: f"secret of {name}" for name in SERVICES["postgres"]["environment"]}
            for file in sorted(SERVICES["postgres"]["configs"], key=lambda one: str(one["target"])):
                config = COMPOSE["configs"][file["source"]]
                sql = config.get("content") or (PROJECT / config["file"]).read_text()
                path = home / Path(file["target"]).name
                path.write_text(sql)
                subprocess.run([*psql, "-f", path], env=os.environ | given, check=True, capture_output=True)
            yield server
        finally:
            server.stop()


def test_a_new_volume_has_both_databases_each_with_a_role_of_its_own(initialised: EmbeddedPostgres) -> None:
    engine = build_engine(database_url(initialised.connection()))
    migrate(engine)
    with engine.connect() as connection:
        owners = "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname IN ('airflow', 'killmart')"
        assert dict(connection.execute(text(owners)).all()) == {
            "airflow": "airflow",
            "killmart": "killmart_owner",
        }
        mighty = "SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreatedb OR rolreplication OR rolbypassrls"
        assert connection.execute(text(mighty)).scalars().all() == ["postgres"]
    engine.dispose()
    for role, database, may in (
        ("killmart_loader", "killmart", True),
        ("killmart_reader", "killmart", True),
        ("airflow", "killmart", False),
        ("killmart_loader", "airflow", False),
    ):
        url = database_url(initialised.connection(database, role))
        engine = build_engine(url)
        with nullcontext() if may else pytest.raises(OperationalError, match="permission denied for database"):
            engine.connect().close()
        engine.dispose()
    secrets = subprocess.run(
        [initialised.binary("psql"), initialised.dsn("postgres"), "-Atc", PASSWORDS],
        capture_output=True,
        text=True,
        check=True,
    )
    assert secrets.stdout.split() == ["airflow", *sorted(WAREHOUSE_ROLES.values())]


PASSWORDS = "SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%' ORDER BY rolname"


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_must_run_has_a_health_check_and_what_is_named_exists() -> None:
    for name, service in SERVICES.items():
        assert "healthcheck" in service or service["restart"] == "no", name
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert "user" not in service
        assert "privileged" not in service


def test_the_pools_are_those_of_the_stack() -> None:
    assert [words[2:] for words in commands() if words[:2] == ["airflow", "pools"]] == [
        ["import", str(POOLS_FILE.relative_to(PROJECT))]
    ]
    assert {name: set(pool) for name, pool in pools().items()} == {name: {"slots", "description"} for name in pools()}
    assert pools().keys() == {"esi", "days"}


def test_settings_of_airflow_stand_once_for_stack_and_compose(tmp_path: Path) -> None:
    """What both have to say is what differs between them: addresses, folders, secrets, databases."""
    common = common_settings()
    assert common == dotenv_values(SETTINGS_FILE, interpolate=False)
    assert not any(sign in value for value in common.values() for sign in "$'\"\\#")  # read in the same way by all
    compose: dict[str, str] = SERVICES["scheduler"]["environment"]
    home = Home(tmp_path)
    stack = airflow_environment(home, EmbeddedPostgres(tmp_path), choose_ports(8080), {})
    assert common.items() <= stack.items()
    assert common.keys().isdisjoint(compose)
    assert {name for name in compose if compose[name] == stack.get(name)} == {"AIRFLOW__API__BASE_URL"} - {
        name for name in compose if "$" in compose[name]
    }
    ours = {name.removesuffix("_CMD") for name, value in compose.items() if value}
    assert ours - stack.keys() == {"AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK", "PGPASSFILE"}
    image = re.findall(r"(?:^ENV|^   ) ([A-Z_]+)=", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert "AIRFLOW_HOME" in image
    assert common.keys().isdisjoint(image)


def test_env_example_has_what_compose_asks_for_and_no_secret() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (PROJECT / "docker-compose.yaml").read_text()))
    required = set(re.findall(r"\$\{(\w+):\?", (PROJECT / "docker-compose.yaml").read_text()))
    shown = re.findall(r"^# (\w+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)
    assert asked <= {*EXAMPLE, *shown}
    assert {name for name, value in EXAMPLE.items() if not value} == required


def test_env_example_holds_known_names_and_good_values() -> None:
    settings = {PREFIX + field.upper() for field in Settings.__struct_fields__}
    assert {name for name in EXAMPLE if name.startswith(PREFIX)} <= settings
    load_settings(EXAMPLE)
    assert EXAMPLE["COMPOSE_PROFILES"] in SERVICES["simulator"]["profiles"]


def test_env_example_leads_to_the_simulator() -> None:
    words = shlex.split(SERVICES["simulator"]["command"])
    root = f"http://127.0.0.1:{words[words.index('--port') + 1]}"
    connections = {name: value for name, value in EXAMPLE.items() if name.startswith("AIRFLOW_CONN_")}
    assert connections == {f"AIRFLOW_CONN_{name.upper()}": f"{root}/{name}" for name in PUBLIC_URLS}
    # 127.0.0.1 is the scheduler's, whose executor runs the tasks beside it
    assert SERVICES["simulator"]["network_mode"] == "service:scheduler"
    assert common_settings()["AIRFLOW__CORE__EXECUTOR"].endswith(".ResumingExecutor")


def test_the_image_runs_as_nobody_special_and_gets_what_the_code_reads() -> None:
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER killmart"]
    given = {line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"dags", "include", "migrations", "requirements.txt", "LICENSE", "NOTICE"} <= given
    assert all((PROJECT / path).exists() for path in given)


def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    services = composed(tmp_path, env_text(FILLED | {"KILLMART_METRICS_TOKEN": "a-token-of-the-tests"}))
    assert set(services) == set(SERVICES)
    assert services["prometheus"]["environment"] == {"KILLMART_METRICS_TOKEN": "a-token-of-the-tests"}
    assert common_settings().items() <= services["scheduler"]["environment"].items()
    lacking = {name: value for name, value in FILLED.items() if name != "AIRFLOW__API_AUTH__JWT_SECRET"}
    assert "AIRFLOW__API_AUTH__JWT_SECRET" in compose_config(tmp_path, env_text(lacking)).stderr


def test_what_env_says_counts(tmp_path: Path) -> None:
    """Whatever the file, or the settings that it shares with the stack, would say."""
    changed = {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "24",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,anna:op,ben:viewer",
        "AIRFLOW__API__BASE_URL": "https://kills.example/airflow/",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "https://kills.example/airflow/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://airflow:a%20b@db.example:5433/meta",
        "AIRFLOW_CONN_METADATA": "postgres://airflow:a%20b@db.example:5433/meta",
        "AIRFLOW_CONN_WAREHOUSE": json.dumps(
            {"conn_type": "postgres", "host": "db.example", "login": "me", "password": ODD, "schema": "kills"}
        ),
    }
    services = composed(tmp_path, env_text(FILLED | changed))
    for name in OURS:
        assert changed.items() <= services[name]["environment"].items(), name
    named = connection_from_environment("warehouse", services["scheduler"]["environment"])
    assert named is not None
    assert (named.host, named.password) == ("db.example", ODD)
    asked = set(re.findall(r"\$\{(\w+):-", (PROJECT / "docker-compose.yaml").read_text()))
    asked -= {"AIRFLOW_CONN_WAREHOUSE_READER", "AIRFLOW_CONN_WAREHOUSE_OWNER"}  # the warehouse's, where it is given
    assert asked <= changed.keys() | {"KILLMART_PORT"}
    given = services["scheduler"]["environment"] | services["init"]["environment"]
    assert {given[f"AIRFLOW_CONN_{who}"] for who in ("WAREHOUSE_READER", "WAREHOUSE_OWNER")} == {
        changed["AIRFLOW_CONN_WAREHOUSE"]
    }


def test_the_address_of_the_ui_follows_its_port(tmp_path: Path) -> None:
    services = composed(tmp_path, env_text(FILLED | {"KILLMART_PORT": "9090"}))
    assert services["api-server"]["environment"]["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:9090/"
    assert services["api-server"]["ports"][0]["published"] == "9090"


@pytest.mark.parametrize(
    "spelled",
    [
        f"'{ODD}'",
        '"it\'s \\"quoted\\", \\$HOME, \\\\, :@/%#"',
        "only-letters-and-0123456789",
    ],
)
def test_a_password_may_have_any_character(tmp_path: Path, server: PasswordServer, spelled: str) -> None:
    """By Compose itself, `init` and the drivers of Airflow and Killmart, up to a PostgreSQL that asks for it."""
    asked = ("POSTGRES_AIRFLOW_PASSWORD", "POSTGRES_LOADER_PASSWORD", "POSTGRES_READER_PASSWORD")
    lines = env_text({name: value for name, value in FILLED.items() if name not in asked})
    services = composed(tmp_path, "".join(f"{name}={spelled}\n" for name in asked) + lines)
    [password] = {services["postgres"]["environment"][name] for name in asked}
    if spelled[0] == "'":
        assert password == ODD
    server.set_password(password)
    here = f"127.0.0.1:{server.port}"
    environment = {
        name: value.replace("postgres:5432", here) for name, value in services["init"]["environment"].items()
    } | {
        "PGPASSFILE": str(tmp_path / "pgpass"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
    }
    [script] = services["init"]["command"][2:]
    written = "\n".join(line for line in script.splitlines() if not line.startswith(("airflow", "python", "export")))
    assert "PGPASSFILE" in written
    subprocess.run(["bash", "-ec", written.replace("postgres:5432", here)], env=environment, check=True)
    assert stat.S_IMODE((tmp_path / "pgpass").stat().st_mode) == 0o600
    connected = subprocess.run(
        [sys.executable, "-c", CONNECT], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert connected.returncode == 0, connected.stderr
    assert connected.stdout.splitlines()[-1] == "airflow airflow killmart killmart airflow"
    server.set_password("another one")
    refused = subprocess.run([sys.executable, "-c", CONNECT], env=environment, cwd=tmp_path, capture_output=True)
    assert refused.returncode != 0
