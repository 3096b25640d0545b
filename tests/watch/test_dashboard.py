"""What is given to Prometheus and Grafana asks for metrics that there are, and is mounted where they look."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from killmart.config.settings import PROJECT
from killmart.runtime import Runtime
from killmart.watch.monitor import monitor
from killmart.watch.prometheus import exposition

FOLDER = PROJECT / "monitoring"
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())
DASHBOARD = json.loads((FOLDER / "grafana" / "killmart.json").read_text())
RULES = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"][0]["rules"]
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("query", [*QUERIES, *(rule["expr"] for rule in RULES)])
def test_every_metric_that_is_asked_for_exists(runtime: Runtime, query: str) -> None:
    monitor(runtime)
    with runtime.engine.connect() as connection:
        kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", exposition(connection), re.MULTILINE))
    assert query.count("(") == query.count(")")
    for metric in re.findall(r"killmart_\w+", query):
        name = metric.removesuffix("_bucket")
        assert name in kinds, metric
        assert (kinds[name] == "histogram") == metric.endswith("_bucket")


def test_panels_do_not_overlap_and_have_a_title() -> None:
    places: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert panel["title"]
        assert not cells & places
        assert max(x for x, _ in cells) < 24
        places |= cells


def test_every_file_is_mounted_by_the_monitoring_profile() -> None:
    services = {name: one for name, one in COMPOSE["services"].items() if "monitoring" in one.get("profiles", [])}
    assert set(services) == {"prometheus", "grafana"}
    mounted = {config["source"] for service in services.values() for config in service["configs"]}
    files = {COMPOSE["configs"][source]["file"] for source in mounted}
    assert files == {str(path.relative_to(PROJECT)) for path in FOLDER.rglob("*") if path.is_file()}
    scrape = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"][0]
    assert scrape["static_configs"][0]["targets"] == ["api-server:8080"]


def test_rules_have_a_text_for_people() -> None:
    for rule in RULES:
        assert rule["annotations"].keys() == {"summary", "description"}
