"""The command `python -m killmart monitor`: evaluate the rules once, mute one, end a mute."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from killmart.cli.show import Json, show
from killmart.errors import ConfigurationError
from killmart.runtime import runtime_from_environment

if TYPE_CHECKING:
    from killmart.watch.monitor import MonitorRound

monitor = typer.Typer(invoke_without_command=True, no_args_is_help=False)

RuleName = Annotated[str, typer.Argument(help="A rule of include/killmart/watch/rules.toml.")]


@monitor.callback()
def evaluate(context: typer.Context, json: Json = False) -> None:
    """Evaluate the rules once and notify people of changes; exits 1 while a critical alert is open and not muted."""
    if context.invoked_subcommand is not None:
        return
    from killmart.watch.monitor import monitor as evaluate_rules

    watched = evaluate_rules(runtime_from_environment())
    show(watched if json else _for_people(watched), json)
    if watched.is_critical:
        raise typer.Exit(1)


def _for_people(watched: MonitorRound) -> dict[str, Any]:
    """One line per rule, and per alert what it says, since when, and where to read on."""
    return {
        "rules": [f"{rule}: {state}" for rule, state in watched.rules.items()],
        "alerts": [
            f"{one['severity']} since {one['opened_at']:%Y-%m-%d %H:%M} UTC"
            + (f", muted until {one['muted_until']:%Y-%m-%d %H:%M} UTC" if one["muted_until"] else "")
            + f": {one['message']} See {one['runbook']}."
            for one in watched.alerts.values()
        ],
        "resolved": watched.resolved,
        "messages": f"{watched.messages_sent} sent, {watched.messages_failed} not",
    }


@monitor.command()
def mute(
    rule: RuleName,
    until: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="UTC; from then on people are notified again."),
    ],
    reason: Annotated[str, typer.Option(help="Why, for the others.")] = "no reason given",
) -> None:
    """Notify nobody of a rule's alerts until a date; they are still recorded."""
    from killmart.db import alerts
    from killmart.watch.rules import find_rule

    name, now, end = find_rule(rule).name, datetime.now(UTC), until.replace(tzinfo=UTC)
    if end <= now:
        raise ConfigurationError(f"--until {end:%Y-%m-%d %H:%M} UTC is in the past; nothing was muted.")
    with runtime_from_environment().engine.begin() as connection:
        alerts.mute(connection, name, end, reason, now)
    show({"muted": name, "until": end}, False)


@monitor.command()
def unmute(rule: RuleName) -> None:
    """End a mute; exits 1 where there was none."""
    from killmart.db import alerts

    with runtime_from_environment().engine.begin() as connection:
        was_muted = alerts.unmute(connection, rule)
    show({"unmuted": rule if was_muted else "nothing: the rule was not muted"}, False)
    if not was_muted:
        raise typer.Exit(1)
