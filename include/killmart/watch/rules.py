"""The rules, read from rules.toml and checked: a bad file is refused whole, by the rule's name."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from killmart.config.sqlfiles import SQL_FOLDER
from killmart.errors import ConfigurationError

RULES_FILE = Path(__file__).with_name("rules.toml")
RUNBOOK = "docs/runbook.md"

Severity = Literal["critical", "warning", "info"]
_Text = Annotated[str, Meta(min_length=8)]
_Minutes = Annotated[float, Meta(ge=0, le=1440)]
_FIELDS = {"subject", "value", "threshold", "samples", "window", "held"}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When to raise an alert; rules.toml says what each field means."""

    name: str = ""
    title: _Text
    metric: str
    gauge: str = ""
    window_minutes: Annotated[float, Meta(gt=0, le=1440)]
    breach: Literal["above", "below"]
    threshold: float
    at_least: Annotated[int, Meta(ge=1)] = 1
    open_after_minutes: _Minutes
    resolve_after_minutes: _Minutes
    severity: Severity
    shown: Literal["percent", "seconds", "count"]
    message: _Text
    action: _Text
    page: str

    @property
    def window(self) -> timedelta:
        """What the metric looks back over."""
        return timedelta(minutes=self.window_minutes)

    @property
    def runbook(self) -> str:
        """The rule's paragraph in the runbook, below the project's folder."""
        return f"{RUNBOOK}#{self.name}"

    def is_breached(self, value: float) -> bool:
        """Whether a value is on the wrong side of the threshold."""
        return value > self.threshold if self.breach == "above" else value < self.threshold


@cache
def load_rules(file: Path = RULES_FILE) -> tuple[Rule, ...]:
    """The rules in the file's order; raises ConfigurationError naming the rule and what is wrong with it."""
    try:
        given = msgspec.toml.decode(file.read_bytes())
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{file.name} is no TOML: {error}. No rule was evaluated; mend the file.") from None
    return tuple(_rule(file, name, fields) for name, fields in given.items())


def _rule(file: Path, name: str, fields: object) -> Rule:
    try:
        rule = msgspec.structs.replace(msgspec.convert(fields, Rule), name=name)
    except msgspec.ValidationError as error:
        raise _refused(file, name, str(error)) from None
    if not (SQL_FOLDER / "ops" / "rules" / f"{rule.metric}.sql").is_file():
        raise _refused(file, name, f"there is no include/sql/ops/rules/{rule.metric}.sql")
    if (rule.metric == "gauge") != bool(rule.gauge):
        raise _refused(file, name, '`gauge` goes with metric = "gauge", and only with it')
    try:
        unknown = {field for _, field, _, _ in Formatter().parse(rule.message) if field is not None} - _FIELDS
    except ValueError as error:
        raise _refused(file, name, f"its message has a stray brace ({error})") from None
    if unknown:
        raise _refused(file, name, f"its message names {sorted(unknown)}; it may name {sorted(_FIELDS)}")
    return rule


def _refused(file: Path, name: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{file.name}: the rule {name!r} is refused: {reason}. No rule was evaluated.")


def find_rule(name: str) -> Rule:
    """The rule of that name; raises ConfigurationError naming those that there are."""
    rules = {rule.name: rule for rule in load_rules()}
    if name not in rules:
        raise ConfigurationError(f"There is no rule {name!r}; the rules are {', '.join(rules)}.")
    return rules[name]
