"""The file of rules: complete, checked, each rule with its paragraph in the runbook; a bad file is refused by name."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from killmart.cli.main import app
from killmart.config.settings import PROJECT
from killmart.errors import ConfigurationError
from killmart.model.metrics import Reading
from killmart.watch.messages import told_value
from killmart.watch.rules import RULES_FILE, find_rule, load_rules

GOOD = RULES_FILE.read_text()
ASKED_FOR = {
    "error_rate",
    "processing_delay",
    "feed_silence",
    "cache_misses",
    "rate_limit_hits",
    "budget_exhausted",
    "coverage",
    "blocked_batches",
    "quarantine_growth",
    "staging_backlog",
    "mart_lag",
    "junction_differences",
    "mart_differences",
    "disk",
    "failed_notifications",
}


def test_the_rules_are_those_that_were_asked_for() -> None:
    assert {rule.name for rule in load_rules()} == ASKED_FOR


def test_every_rule_has_its_paragraph_in_the_runbook_and_the_other_way_round() -> None:
    text = (PROJECT / "docs" / "runbook.md").read_text()
    paragraphs = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(paragraphs) == [rule.name for rule in load_rules()]
    for name, paragraph in paragraphs.items():
        assert all(part in paragraph for part in ("**Means:**", "**Look at:**", "**Do:**")), name


def runbook_commands() -> list[str]:
    """The command lines of the runbook, with real values in place of those that it leaves open."""
    text = (PROJECT / "docs" / "runbook.md").read_text()
    found: list[str] = re.findall(r"python -m killmart ([^`\n]+)", text)
    return [re.sub(r"\bDAY\b", "2026-11-01", re.sub(r"\bN\b", "7", line)) for line in found]


@pytest.mark.parametrize("line", runbook_commands())
def test_every_command_of_the_runbook_parses(line: str) -> None:
    command, words = get_command(app), shlex.split(line)
    context = command.make_context("killmart", words)
    while words and isinstance(command, TyperGroup):
        _, command, words = command.resolve_command(context, words)
        if words:  # a group of commands alone shows its help
            context = command.make_context(command.name, list(words), parent=context)


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_every_message_is_a_sentence(rule: object) -> None:
    from killmart.watch.rules import Rule

    assert isinstance(rule, Rule)
    said = told_value(rule, Reading("esi", rule.threshold, 1234))
    assert said.endswith(".")
    assert "{" not in said
    assert rule.action.endswith((".", "?"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("threshold = 0.1\n", "", r"'error_rate' is refused: .*threshold"),
        ("threshold = 0.1\n", 'threshold = "many"\n', r"'error_rate' is refused: .*\$.threshold"),
        ('severity = "critical"', 'severity = "awful"', r"'error_rate' is refused: .*awful"),
        ("window_minutes = 15\n", "window_minutes = 0\n", r"'error_rate' is refused: .*window_minutes"),
        ("at_least = 20\n", "at_leest = 20\n", r"'error_rate' is refused: .*at_leest"),
        (
            'metric = "error_rate"',
            'metric = "mood"',
            r"'error_rate' is refused: there is no include/sql/ops/rules/mood",
        ),
        ('metric = "error_rate"', 'metric = "gauge"', r"'error_rate' is refused: `gauge` goes with"),
        ("to {subject} failed", "to {who} failed", r"'error_rate' is refused: its message names \['who'\]"),
        ("to {subject} failed", "to {subject failed", r"'error_rate' is refused: its message has a stray brace"),
        ("[error_rate]", "[error_rate", r"is no TOML"),
    ],
)
def test_a_bad_rule_is_refused_by_name(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    file = tmp_path / "rules.toml"
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigurationError, match=rf"^rules.toml.*{says}") as refused:
        load_rules(file)
    assert "No rule was evaluated" in str(refused.value)


def test_a_rule_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match="There is no rule 'x'; the rules are error_rate, "):
        find_rule("x")
