"""The environment and the ports of the Airflow processes, and the secrets that they share."""

from __future__ import annotations

import dataclasses
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from killmart.config.connections import PUBLIC_URLS, WAREHOUSE_ROLES, Connection, database_url
from killmart.config.settings import PROJECT
from killmart_demo.config import SimulatorConfig
from killmart_stack.home import Home, private_json
from killmart_stack.ports import free_ports
from killmart_stack.postgres import EmbeddedPostgres

USER = "admin"

POOLS_FILE = Path(__file__).with_name("pools.json")
"""Airflow's pools by name, with slots and description. A task whose pool is missing is never scheduled."""
SETTINGS_FILE = Path(__file__).with_name("airflow.env")
"""The settings of Airflow that are the same here and in docker-compose.yaml."""


@dataclass(frozen=True)
class Ports:
    """Ports on this machine, so that two installations live side by side."""

    ui: int
    worker_logs: int
    trigger_logs: int
    scheduler_health: int
    simulator: int


def choose_ports(ui: int) -> Ports:
    """The UI's port as given (0 takes a free one), free ones for the rest."""
    free, *others = free_ports(5)
    return Ports(ui or free, *others)


def password(home: Home) -> str:
    """The password of the user `admin`, made at first and kept in `home.passwords` from then on."""
    return private_json(home.passwords, lambda: {USER: secrets.token_urlsafe(12)})[USER]


def common_settings() -> dict[str, str]:
    """What SETTINGS_FILE says: a `NAME=value` on each line that is neither empty nor a comment, taken as written."""
    lines = SETTINGS_FILE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def pools() -> dict[str, dict[str, Any]]:
    """What POOLS_FILE says: `slots` and `description` of each pool."""
    read: dict[str, dict[str, Any]] = msgspec.json.decode(POOLS_FILE.read_bytes())
    return read


def airflow_environment(
    home: Home, postgres: EmbeddedPostgres, ports: Ports, given: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The environment of every Airflow process: the user's own, with what this stack decides on top."""
    return {
        **given,
        **_paths(home, given),
        **common_settings(),
        **_addresses(ports),
        **_direct(given),
        **_access(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(postgres.connection("airflow")),
        **{
            f"AIRFLOW_CONN_{conn_id.upper()}": connection_json(postgres.connection(role=role))
            for conn_id, role in WAREHOUSE_ROLES.items()
            if conn_id != "warehouse_owner"  # nothing in Airflow migrates
        },
        "AIRFLOW_CONN_METADATA": connection_json(postgres.connection("airflow")),
    }


def demo_environment(environment: Mapping[str, str], simulator: str) -> dict[str, str]:
    """`environment` with every upstream at the simulator, whose URL comes without a slash at its end.

    The simulator's RedisQ and EVE Ref may be asked more often than twice a second, and its R2Z2 is read from its
    first file.
    What the user set stays.
    """
    defaults = {
        "KILLMART_FEED": "redisq",
        "KILLMART_REDISQ_RATE": "200",
        "KILLMART_EVEREF_RATE": "50",
        "KILLMART_R2Z2_START": str(SimulatorConfig.r2z2_first),
    }
    return {
        **environment,
        **{f"AIRFLOW_CONN_{service.upper()}": f"{simulator}/{service}" for service in PUBLIC_URLS},
        **{name: environment.get(name) or value for name, value in defaults.items()},
    }


def connection_json(connection: Connection) -> str:
    """An Airflow connection in the JSON form of `AIRFLOW_CONN_<ID>`."""
    parts = dataclasses.asdict(connection)
    return msgspec.json.encode({name: part for name, part in parts.items() if part and name != "conn_id"}).decode()


def _paths(home: Home, given: Mapping[str, str]) -> dict[str, str]:
    python_path = [str(PROJECT / "include"), given.get("PYTHONPATH", "")]
    search_path = [str(Path(sys.executable).parent), given.get("PATH", os.defpath)]
    return {
        "KILLMART_HOME": str(home.path),
        "AIRFLOW_HOME": str(home.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": given.get("AIRFLOW__CORE__DAGS_FOLDER") or str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home.airflow / "logs"),
        "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
        "PATH": os.pathsep.join(search_path),
    }


def _addresses(ports: Ports) -> dict[str, str]:
    ui = f"http://127.0.0.1:{ports.ui}"
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(ports.ui),
        "AIRFLOW__API__BASE_URL": f"{ui}/",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{ui}/execution/",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports.worker_logs),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports.trigger_logs),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(ports.scheduler_health),
    }


def _direct(given: Mapping[str, str]) -> dict[str, str]:
    """A proxy of the user's is for the way out, not for our own processes."""
    hosts = ",".join(filter(None, [given.get("no_proxy") or given.get("NO_PROXY"), "127.0.0.1", "localhost"]))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def _access(home: Home) -> dict[str, str]:
    """Who may log in, and the secrets that sign tokens and encrypt connections: made once, kept over restarts."""
    password(home)
    kept = private_json(
        home.path / "airflow_secrets.json",
        lambda: {
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
            "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        },
    )
    return {
        **kept,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home.passwords),
    }
