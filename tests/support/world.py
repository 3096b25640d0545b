"""An installation that is watched, on a fake clock: an hour passes by making all that is stored an hour older."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from killmart.config.connections import Connection
from killmart.runtime import Runtime
from killmart.watch.monitor import MonitorRound, monitor
from killmart.watch.rules import Rule, find_rule
from support.listeners import TOKEN, Heard
from support.pipeline import run

TIMES = {
    "ops.request_stats": ("at",),
    "ops.run_metrics": ("at",),
    "ops.alerts": ("opened_at", "updated_at", "resolved_at", "notified_at"),
    "ops.notifications": ("created_at", "attempted_at", "sent_at"),
    "ops.mutes": ("muted_at", "until"),
    "ops.token_ledger": ("spent_at",),
    "ops.pauses": ("until", "set_at"),
    "staging.killmails": ("staged_at", "fetched_at", "promoted_at", "next_attempt_at"),
    "staging.batches": ("built_at", "finished_at"),
    "quality.quarantine": ("quarantined_at", "resolved_at"),
    "quality.junction_checks": ("checked_at",),
    "quality.mart_checks": ("checked_at",),
    "mart.touched_days": ("touched_at",),
}
AWAY = "interval '1000 years'"


def notify_connection(*entries: dict[str, Any]) -> Connection:
    """The connection `notify` with these targets."""
    return Connection("notify", "apprise", extra={"config": list(entries)})


def entry_of(hook: Heard) -> dict[str, str]:
    return {"path": f"json://127.0.0.1:{hook.port}/{TOKEN}"}


def mail_entry_of(mail: Heard) -> dict[str, str]:
    return {"path": f"mailto://127.0.0.1:{mail.port}?from=killmart@example.org&to=ops@example.org&mode=insecure"}


@dataclass
class World:
    """A runtime whose alerts go to a webhook and a mail server."""

    runtime: Runtime
    hook: Heard
    mail: Heard

    def watch(self, runtime: Runtime, *entries: dict[str, Any]) -> Runtime:
        """Watch this runtime from now on; the targets are both servers unless others are given."""
        entries = entries or (entry_of(self.hook), mail_entry_of(self.mail))
        connection, find = notify_connection(*entries), runtime.find_connection
        self.runtime = replace(runtime, find_connection=lambda one: connection if one == "notify" else find(one))
        return self.runtime

    def pass_time(self, minutes: int) -> None:
        """Let time pass: in two steps, since a key may not meet the one that has yet to make room."""
        for table, columns in TIMES.items():
            for change in (f"+ {AWAY}", f"- {AWAY} - make_interval(mins => :minutes)"):
                run(
                    self.runtime,
                    f"UPDATE {table} SET {', '.join(f'{one} = {one} {change}' for one in columns)}"
                    + (" WHERE isfinite(until)" if table == "ops.mutes" else ""),
                    minutes=minutes,
                )

    def evaluate(self, rules: Sequence[Rule] | None = None) -> MonitorRound:
        """Evaluate once, now."""
        return monitor(self.runtime, datetime.now(UTC), rules)

    def assert_opens(self, rule: str, rules: Sequence[Rule] | None = None) -> str:
        """The alert opens now and both servers get it once; returns the text that they got."""
        before = len(self.hook.messages), len(self.mail.messages)
        watched = self.evaluate(rules)
        assert rule in watched.alerts, watched
        assert watched.messages_failed == 0
        told = self._told(before)
        title = find_rule(rule).title
        assert all(title in text for text in told), told
        assert self.evaluate(rules).messages_sent == 0  # it opens once
        return told[0]

    def assert_resolves(self, rule: str, rules: Sequence[Rule] | None = None) -> None:
        """The alert ends now and both servers hear of it."""
        before = len(self.hook.messages), len(self.mail.messages)
        watched = self.evaluate(rules)
        assert rule in watched.resolved, watched
        assert rule not in watched.alerts
        for text in self._told(before):
            assert "[resolved]" in text or "(resolved)" in text
            assert find_rule(rule).title in text

    def _told(self, before: tuple[int, int]) -> list[str]:
        told = [self.hook.messages[before[0] :], self.mail.messages[before[1] :]]
        assert [len(messages) for messages in told] == [1, 1]
        return ["\n".join(messages[0]) for messages in told]
