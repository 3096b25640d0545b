"""Who gets which message: grouped, by severity, never twice, not while muted; secrets stay secret, trouble visible."""

from __future__ import annotations

import gzip
import logging
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sqlalchemy import text

from killmart.config.connections import Connection, connection_from_environment
from killmart.db import alerts, batches
from killmart.runtime import Runtime
from killmart.watch.notify import deliver, scrubbed, targets_of
from killmart.watch.rules import find_rule
from killmart.watch.send import send
from support.listeners import PASSWORD, TOKEN, Heard
from support.pipeline import build, kill, ref, rows, run, stage
from support.world import World, entry_of, mail_entry_of

NOW = datetime.now(UTC)


def block_a_batch(runtime: Runtime) -> None:
    """Make a critical alert due."""
    stage(runtime, [ref(kill(1))])
    with runtime.engine.begin() as connection:
        batches.finish_batch(connection, build(runtime).batch_id, "blocked")


def quarantine_many(runtime: Runtime) -> None:
    """Make a warning due."""
    stage(runtime, [ref(kill(number, attackers=[])) for number in range(100, 120)])
    build(runtime)


def unblock(runtime: Runtime) -> None:
    run(runtime, "UPDATE staging.batches SET state = 'abandoned' WHERE state = 'blocked'")


def test_one_evaluation_is_one_message_the_gravest_first(world: World) -> None:
    quarantine_many(world.runtime)
    block_a_batch(world.runtime)
    world.evaluate()
    [(subject, body)] = world.hook.messages
    assert subject == "Killmart: 2 alerts"
    assert body.index("[critical] Blocked batches wait") < body.index("[warning] Quarantine grows")
    assert [payload["type"] for payload in world.hook.payloads] == ["failure"]

    unblock(world.runtime)
    run(world.runtime, "UPDATE quality.quarantine SET resolved_at = now()")
    world.evaluate()
    assert world.hook.messages[1][0] == "Killmart: 2 resolved"
    assert [payload["type"] for payload in world.hook.payloads] == ["failure", "success"]
    assert [message[0] for message in world.mail.messages] == [message[0] for message in world.hook.messages]


def test_a_target_may_want_some_severities_only(world: World) -> None:
    world.watch(world.runtime, entry_of(world.hook) | {"tag": "critical, info"}, mail_entry_of(world.mail))
    quarantine_many(world.runtime)
    world.evaluate()
    assert (len(world.hook.messages), len(world.mail.messages)) == (0, 1)
    block_a_batch(world.runtime)
    world.evaluate()
    assert (len(world.hook.messages), len(world.mail.messages)) == (1, 2)


def test_a_mute_with_an_end_keeps_the_alert_and_tells_it_afterwards_if_it_is_still_there(world: World) -> None:
    with world.runtime.engine.begin() as connection:
        alerts.mute(connection, "blocked_batches", datetime.now(UTC) + timedelta(hours=1), "maintenance", NOW)
    block_a_batch(world.runtime)
    watched = world.evaluate()
    assert watched.alerts["blocked_batches"]["muted_until"] is not None
    assert not watched.is_critical
    assert world.hook.messages == []
    world.pass_time(61)
    assert world.evaluate().is_critical
    assert len(world.hook.messages) == 1


def test_what_began_and_ended_muted_is_told_to_nobody(world: World) -> None:
    with world.runtime.engine.begin() as connection:
        alerts.mute(connection, "blocked_batches", datetime.now(UTC) + timedelta(hours=1), "maintenance", NOW)
    block_a_batch(world.runtime)
    world.evaluate()
    unblock(world.runtime)
    assert world.evaluate().resolved == ["blocked_batches"]
    assert world.hook.messages == []
    [row] = rows(world.runtime, "SELECT rule, notified_at, resolved_at IS NOT NULL FROM ops.alerts")
    assert row == ("blocked_batches", None, True)


def test_a_crash_between_storing_and_sending_loses_no_message(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    block_a_batch(world.runtime)
    with monkeypatch.context() as patch:
        patch.setattr("killmart.watch.monitor.deliver", crash)
        with pytest.raises(KeyboardInterrupt):
            world.evaluate()
    assert world.hook.messages == []
    world.evaluate()
    assert (len(world.hook.messages), len(world.mail.messages)) == (1, 1)


def test_a_target_that_stays_away_is_given_up_and_seen(world: World) -> None:
    world.hook.status = 404
    block_a_batch(world.runtime)
    for _ in range(13):
        world.evaluate()
    found = rows(
        world.runtime, "SELECT target, state, attempts, error FROM ops.notifications ORDER BY 1, notification_id"
    )
    assert found[0][:3] == ("1 json", "failed", alerts.MOST_ATTEMPTS)
    assert "404" in found[0][3]
    assert {row[1] for row in found if row[0] == "2 mailto"} == {"sent"}
    with world.runtime.engine.connect() as connection:
        assert {row.rule for row in alerts.open_alerts(connection, NOW)} == {"blocked_batches", "failed_notifications"}


BAD_EXTRAS = [
    *({"config": config} for config in ("no json", "[" * 100_000, [None], [{"path": "nonsense"}], [{"tag": "x"}])),
    {"config": [{"path": f"nothing://{TOKEN}/x"}]},
    {"config": {"path": 5}},
    {"config": [{"path": f"json://127.0.0.1:1/{TOKEN}", "tag": 5}]},
    {"config": [{"path": f"json://127.0.0.1:1/{TOKEN}", "tag": {"critical": 1}}]},
    {"config": [{"path": f"json://127.0.0.1:1/\ud800\x00{TOKEN}"}]},
    {"config": [{"path": f"json://[::1/{TOKEN}"}]},
    {"confg": []},
    ["a list"],
]


@pytest.mark.parametrize("extra", BAD_EXTRAS, ids=range(len(BAD_EXTRAS)))
def test_a_bad_connection_fails_nothing_and_is_an_alert(world: World, extra: Any) -> None:
    bad, find = Connection("notify", "apprise", extra=extra), world.runtime.find_connection
    world.runtime = replace(world.runtime, find_connection=lambda one: bad if one == "notify" else find(one))
    block_a_batch(world.runtime)
    assert world.evaluate().messages_failed == 1
    assert "failed_notifications" in world.evaluate().alerts
    [(error,)] = rows(world.runtime, "SELECT DISTINCT error FROM ops.notifications WHERE error IS NOT NULL")
    assert TOKEN not in error


def test_a_variable_that_cannot_be_read_fails_nothing_and_is_an_alert(
    world: World, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFY", f'{{"conn_type": "apprise", "password": "{PASSWORD}"')

    def find(conn_id: str) -> Connection | None:
        return connection_from_environment(conn_id) if conn_id == "notify" else runtime.find_connection(conn_id)

    world.runtime = replace(runtime, find_connection=find)
    block_a_batch(world.runtime)
    assert world.evaluate().messages_failed == 1
    assert "failed_notifications" in world.evaluate().alerts
    [(error,)] = rows(world.runtime, "SELECT DISTINCT error FROM ops.notifications WHERE error IS NOT NULL")
    assert "AIRFLOW_CONN_NOTIFY" in error
    assert PASSWORD not in error


def test_a_target_that_stays_away_is_one_alert_and_gets_no_messages_about_itself(world: World) -> None:
    world.hook.status = 404
    block_a_batch(world.runtime)
    watched_rules = [find_rule(name) for name in ("blocked_batches", "failed_notifications", "quarantine_growth")]
    for _ in range(60):  # five hours: it was given up long ago
        world.evaluate(watched_rules)
        world.pass_time(5)
    told = [subject for subject, _ in world.mail.messages]
    assert told == ["Killmart: Blocked batches wait (critical)", "Killmart: Messages do not arrive (warning)"]
    assert rows(world.runtime, "SELECT target, count(*) FROM ops.notifications GROUP BY 1 ORDER BY 1") == [
        ("1 json", 1),
        ("2 mailto", 2),
    ]
    unblock(world.runtime)
    quarantine_many(world.runtime)
    world.hook.status = 200
    world.evaluate(watched_rules)
    assert world.hook.messages[0][0] == "Killmart: 1 alert, 1 resolved"  # the rest it is told
    world.pass_time(90)
    assert world.evaluate(watched_rules).resolved == ["failed_notifications"]
    assert world.hook.messages[-1][0] == world.mail.messages[-1][0] == "Killmart: Messages do not arrive (resolved)"
    assert rows(world.runtime, "SELECT count(*) FROM ops.alerts WHERE rule = 'failed_notifications'") == [(1,)]


def test_a_target_that_is_away_is_no_alert_any_more_when_it_is_taken_out(world: World) -> None:
    world.hook.status = 404
    block_a_batch(world.runtime)
    for _ in range(13):
        world.evaluate()
    world.pass_time(90)
    assert "failed_notifications" in world.evaluate().alerts
    world.watch(world.runtime, mail_entry_of(world.mail) | {"tag": ""})
    world.pass_time(15)
    assert world.evaluate().resolved == ["failed_notifications"]


def test_an_alert_is_told_when_somebody_is_there_to_be_told(world: World, runtime: Runtime) -> None:
    world.runtime = runtime
    block_a_batch(runtime)
    assert world.evaluate().messages_sent == 0
    assert rows(runtime, "SELECT notified_at FROM ops.alerts") == [(None,)]
    world.watch(runtime, entry_of(world.hook) | {"tag": "warning"})
    assert world.evaluate().messages_sent == 0
    world.watch(runtime)
    assert world.evaluate().messages_sent == 2
    assert world.evaluate().messages_sent == 0
    assert len(world.hook.messages) == 1


def test_without_a_connection_the_log_tells(world: World, runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world.runtime = runtime
    block_a_batch(runtime)
    world.evaluate()
    assert "alert blocked_batches opened (critical): Batches that the gate has blocked" in caplog.text
    unblock(runtime)
    world.evaluate()
    assert "alert blocked_batches resolved" in caplog.text
    assert rows(runtime, "SELECT count(*) FROM ops.notifications") == [(0,)]


@pytest.mark.parametrize(
    ("path", "attribute", "url"),
    [
        (f"https://discord.com/api/webhooks/4174216298/{TOKEN}", "discord.NotifyDiscord", "/api/webhooks"),
        (f"https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/{TOKEN}", "slack.NotifySlack", "/services"),
    ],
)
def test_discord_and_slack_get_their_own_kind_of_message(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str, attribute: str, url: str
) -> None:
    """Apprise's own senders, asked to send to this machine; their hosts are fixed in them."""
    name = "notify_url" if "Discord" in attribute else "webhook_url"
    monkeypatch.setattr(f"apprise.plugins.{attribute}.{name}", f"http://127.0.0.1:{world.hook.port}{url}")
    assert send(path, "critical", "Killmart: Blocked batches wait (critical)", "Look at the page Review.") is None
    assert "Blocked batches wait" in str(world.hook.payloads)


def endless(handler: BaseHTTPRequestHandler) -> None:
    """As many bytes as the other end takes, as fast as it takes them."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        handler.wfile.write(bytes(1 << 20))


def dribbling(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.1)


def packed(handler: BaseHTTPRequestHandler) -> None:
    """A megabyte that becomes a gigabyte."""
    bomb = gzip.compress(bytes(1 << 26), 9) * 16
    handler.wfile.write(f"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode())
    handler.wfile.write(bomb)


@pytest.mark.parametrize("answer", [endless, dribbling, packed])
def test_an_answer_without_end_takes_neither_memory_nor_time(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    world.hook.answer = answer
    block_a_batch(world.runtime)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with monkeypatch.context() as patch:
        if answer is dribbling:
            patch.setattr("killmart.watch.send.LONGEST_SECONDS", 5.0)
        watched = world.evaluate()
    assert watched.messages_failed == 1 or answer is dribbling  # the mail was sent all the same, if not in 5 s
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # KB
    [(error,)] = rows(world.runtime, "SELECT error FROM ops.notifications WHERE target = '1 json'")
    assert "160 MB of memory; whether it has the message is not known" in error
    world.hook.answer = None
    assert world.evaluate().messages_failed == 0


def secret_entries(hook: Heard, mail: Heard) -> list[dict[str, str]]:
    """Targets that take messages and targets that do not, with secrets wherever a URL can have them."""
    return [
        {"path": f"json://me:{PASSWORD}@127.0.0.1:{hook.port}/{TOKEN}?+X-Token={TOKEN}"},
        {"path": f"json://me:{PASSWORD}@127.0.0.1:1/{TOKEN}"},
        {"path": f"mailtos://me:{PASSWORD}@127.0.0.1:{mail.port}?from=a@example.org&to=b@example.org"},
        {"path": f"discord://{TOKEN}"},
        {"path": f"unknown://me:{PASSWORD}@{TOKEN}.example.org"},
        {"path": f"json://me:{PASSWORD}@[broken/{TOKEN}"},
    ]


def test_no_log_no_error_and_no_table_tells_a_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("apprise", "urllib3", "smtplib", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    world.watch(world.runtime, *secret_entries(world.hook, world.mail))
    block_a_batch(world.runtime)
    for _ in range(2):
        said = str(world.evaluate())
    assert len(world.hook.messages) == 2
    for table in ("notifications", "alerts", "run_metrics", "request_stats"):
        said += str(rows(world.runtime, f"SELECT * FROM ops.{table}"))
    said += caplog.text + str(targets_of(world.runtime.find_connection("notify")))
    assert "was not sent" in caplog.text
    assert [secret for secret in (TOKEN.lower(), PASSWORD) if secret in said.lower()] == []


def test_scrubbing_leaves_the_host() -> None:
    url = f"json://me:{PASSWORD}@example.org/hooks/{TOKEN}"
    assert (
        scrubbed(f"POST {url} failed at example.org", url) == "POST json://me:…@example.org/…/… failed at example.org"
    )


def test_a_target_that_is_not_named_any_more_is_given_up(world: World) -> None:
    world.hook.status = 500
    block_a_batch(world.runtime)
    world.evaluate()
    for _ in range(alerts.MOST_ATTEMPTS):
        deliver(world.runtime.engine, [], NOW)
    query = text("SELECT state, error FROM ops.notifications WHERE target = '1 json'")
    with world.runtime.engine.connect() as connection:
        state, error = connection.execute(query).one()
    assert (state, "does not name this target any more" in error) == ("failed", True)
