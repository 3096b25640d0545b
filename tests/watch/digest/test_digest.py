"""The daily digest on a real warehouse, posted to a real webhook on this machine."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from killmart.config.settings import load_settings
from killmart.errors import ConfigurationError, KillmartError
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart.watch.digest.message import safe
from killmart.watch.digest.post import NotReadyError, UnknownOutcomeError, post_digest
from support.channel import TOKEN
from support.deriving import derive_anew
from support.pipeline import kill, load_past_gate, ref, rows, run, stage
from support.place import ALLIANCE, DAY, FRIENDS, NAUGHTY, PILOT, Place


def cover(runtime: Runtime, loaded: int, missing: str) -> None:
    run(
        runtime,
        """INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)
        VALUES (:day, 10000, :loaded, 0, :missing, '{history}', now())""",
        day=DAY,
        loaded=loaded,
        missing=missing,
    )


def test_the_day_of_everybody(place: Place) -> None:
    cover(place.runtime, 9_999, "{77}")
    assert post_digest(place.runtime, DAY).outcome == "posted"
    [message] = place.channel.messages
    assert message["allowed_mentions"] == {"parse": []}
    assert place.channel.paths == [f"/api/webhooks/1/{TOKEN}?wait=true"]
    assert place.embed["title"] == "Monday 29 November 2021"
    assert place.embed["description"].startswith("**4 killmails**, **11.0 bn ISK** destroyed\n+460 % against")
    assert place.fields["Corporations"].splitlines() == [
        f"1. {FRIENDS}: 3 kills, 6.0 bn ISK",
        "2. 98000001: 1 kills, 5.0 bn ISK",
    ]
    assert place.fields["Ships lost"].splitlines() == ["1. 587: 3 lost, 6.0 bn ISK", "2. Machariel: 1 lost, 5.0 bn ISK"]
    dearest = "[Machariel of Otto\\_von\\_X in Jita](https://zkillboard.com/kill/4/), 5.0 bn ISK, 1 attacker"
    assert place.fields["Dearest kill"] == dearest
    assert place.fields["Completeness"] == "99.99 %: 9,999 of 10,000 loaded, 1 missing"
    assert "Dearest loss" not in place.fields
    assert place.embed["image"] == {"url": "attachment://killmart.png"}
    image = Image.open(BytesIO(place.channel.pictures[0]))
    assert (image.format, image.size) == ("PNG", (800, 360))
    assert len({colour for _, colour in image.getcolors(100_000)}) > 4


def test_the_day_of_an_alliance(place: Place) -> None:
    run(
        place.runtime,
        """INSERT INTO mart.battles (battle_id, system_id, started_at, ended_at, kills, pilots, sides, valued, isk)
        VALUES (1, 30000142, '2021-11-29 12:01+00', '2021-11-29 12:40+00', 9, 12, 2, 7, 8e9),
        (2, 30000142, '2021-11-29 18:01+00', '2021-11-29 18:40+00', 99, 12, 2, 99, 8e9)""",
    )
    run(place.runtime, f"INSERT INTO mart.battle_sides VALUES (1, 1, 4, 2, 0, 2, 0, 5, 0, '{{{ALLIANCE}}}', '{{}}')")
    post_digest(place.about(f"alliance:{ALLIANCE}"), DAY)
    assert place.embed["description"].startswith(
        "**1 kill** (5.0 bn ISK), **3 losses** (6.0 bn ISK), efficiency 45.5 %"
    )
    assert place.fields["Dearest kill"].startswith("[Machariel of Otto")
    assert "/kill/1/" in place.fields["Dearest loss"]
    assert place.fields["Biggest battle"] == "Jita, 12:01 to 12:40: 9 losses, 12 pilots, 8.0 bn ISK of 7 valued"
    assert "Alliances" not in place.fields
    assert place.fields["Corporations"] == "1. 98000001: 1 kills, 5.0 bn ISK"
    assert place.fields["Completeness"].startswith("not proven yet")
    title = place.embed["title"]
    assert title.endswith(", Monday 29 November 2021")
    assert "@everyone" not in title
    assert "\u202e" not in title
    assert "\\*\\*\\[x\\]\\(http\\:" in title


def test_what_nobody_has_valued_is_said_and_not_counted_as_nothing(place: Place) -> None:
    run(place.runtime, "UPDATE core.kills_fact SET zkb_total_value = NULL WHERE killmail_id IN (1, 4)")
    derive_anew(place.runtime)
    refresh_marts(place.runtime, rebuild=True)
    post_digest(place.runtime, DAY)
    assert place.embed["description"].startswith("**4 killmails**, **4.0 bn ISK of 2 valued** destroyed")
    assert place.fields["Corporations"].splitlines() == [
        f"1. {FRIENDS}: 3 kills, 4.0 bn ISK of 2 valued",
        "2. 98000001: 1 kills, unvalued",
    ]
    assert place.fields["Ships lost"].splitlines() == [
        "1. 587: 3 lost, 4.0 bn ISK of 2 valued",
        "2. Machariel: 1 lost, unvalued",
    ]
    post_digest(place.about(f"alliance:{ALLIANCE}"), DAY, again=True)
    # no efficiency: what the kill was worth is unknown
    assert place.embed["description"] == "**1 kill** (unvalued), **3 losses** (4.0 bn ISK of 2 valued)"
    assert place.fields["Corporations"] == "1. 98000001: 1 kills, unvalued"


@pytest.mark.parametrize("entity", [f"corporation:{FRIENDS}", f"character:{PILOT}"])
def test_the_day_of_a_corporation_and_of_a_pilot(place: Place, entity: str) -> None:
    post_digest(place.about(entity), DAY)
    assert place.embed["description"].startswith("**3 kills** (6.0 bn ISK), **1 loss** (5.0 bn ISK)")
    assert "/kill/4/" in place.fields["Dearest loss"]


@pytest.mark.parametrize("name", [NAUGHTY, "x" * 5000, "", None, "\x00\x1b[31m", "_" * 60, "https://evil.example/a"])
def test_what_players_call_themselves_is_shown_and_never_obeyed(name: str | None) -> None:
    shown = safe(name)
    assert 0 < len(shown) <= 130
    assert shown.isprintable() or "\u200b" in shown
    assert "@everyone" not in shown
    for sign in "*_`<|[]():":
        assert f"{sign}" not in shown.replace(f"\\{sign}", "")


def test_a_day_is_posted_once(place: Place) -> None:
    assert post_digest(place.runtime, DAY).outcome == "posted"
    again = post_digest(place.runtime, DAY)
    assert (again.outcome, again.why) == ("skipped", "it was posted before")
    assert len(place.channel.messages) == 1
    assert post_digest(place.runtime, DAY, again=True).outcome == "posted"
    assert len(place.channel.messages) == 2
    assert rows(place.runtime, "SELECT day, entity, state, attempts, error FROM ops.digests") == [
        (DAY, "", "posted", 2, None)
    ]


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500])
def test_a_refusal_is_seen_and_tried_again(place: Place, status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    place.channel.status = status
    place.channel.answer = f'{{"message": "Unknown Webhook /api/webhooks/1/{TOKEN}"}}'
    with pytest.raises(KillmartError, match=f"answered {status}: .*Unknown Webhook.* tried again") as refused:
        post_digest(place.runtime, DAY)
    [(state, error)] = rows(place.runtime, "SELECT state, error FROM ops.digests")
    assert state == "failed"
    assert TOKEN not in f"{refused.value} {error} {caplog.text}"
    place.channel.status = 200
    assert post_digest(place.runtime, DAY).outcome == "posted"
    assert rows(place.runtime, "SELECT state, attempts, error FROM ops.digests") == [("posted", 2, None)]


def test_a_secret_is_found_whole_before_an_answer_is_cut(place: Place) -> None:
    place.channel.status, place.channel.answer = 404, "x" * 190 + TOKEN
    with pytest.raises(KillmartError, match="answered 404") as refused:
        post_digest(place.runtime, DAY)
    assert TOKEN[:8] not in str(refused.value)


def test_nobody_at_the_webhook_is_tried_again(place: Place) -> None:
    there, place.channel.port = place.channel.port, 1
    with pytest.raises(KillmartError, match=r"was not posted.*tried again") as refused:
        post_digest(place.runtime, DAY)
    assert TOKEN not in str(refused.value)
    place.channel.port = there
    assert post_digest(place.runtime, DAY).outcome == "posted"


def test_a_message_that_was_not_answered_is_not_sent_twice(place: Place) -> None:
    place.channel.is_mute = True
    with pytest.raises(UnknownOutcomeError, match="Look whether it is in the channel"):
        post_digest(place.runtime, DAY)
    place.channel.is_mute = False
    with pytest.raises(UnknownOutcomeError, match=f"digest --day {DAY} --again"):
        post_digest(place.runtime, DAY)
    assert len(place.channel.messages) == 1
    assert post_digest(place.runtime, DAY, again=True).outcome == "posted"


@pytest.mark.parametrize("fault", ["is_cut", "is_endless"])
def test_an_answer_that_breaks_off_or_has_no_end_is_not_sent_twice(place: Place, fault: str) -> None:
    setattr(place.channel, fault, True)
    with pytest.raises(UnknownOutcomeError, match=r"cannot be read.*Look whether it is in the channel") as unsure:
        post_digest(place.runtime, DAY)
    assert TOKEN not in str(unsure.value)
    setattr(place.channel, fault, False)
    with pytest.raises(UnknownOutcomeError, match=f"digest --day {DAY} --again"):
        post_digest(place.runtime, DAY)
    assert len(place.channel.messages) == 1


@pytest.mark.parametrize("status", [504, 524])
def test_a_proxy_that_waits_no_longer_is_not_asked_twice(place: Place, status: int) -> None:
    place.channel.status = status
    with pytest.raises(UnknownOutcomeError, match=f"answered {status}"):
        post_digest(place.runtime, DAY)
    place.channel.status = 200
    with pytest.raises(UnknownOutcomeError):
        post_digest(place.runtime, DAY)
    assert place.channel.messages == []


def test_a_crash_while_posting_is_not_sent_twice(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("killmart.watch.digest.discord.post", crash)
        with pytest.raises(KeyboardInterrupt):
            post_digest(place.runtime, DAY)
    with pytest.raises(UnknownOutcomeError):
        post_digest(place.runtime, DAY)
    assert place.channel.messages == []


def test_what_is_skipped(place: Place, runtime: Runtime) -> None:
    assert post_digest(runtime, DAY).why == "there is no connection `digest`"
    assert post_digest(place.runtime, DAY + timedelta(days=1)).why == "nothing happened"
    assert post_digest(place.runtime).why == "nothing happened"  # yesterday
    assert post_digest(place.about("alliance:1"), DAY).why == "nothing happened"
    assert place.channel.messages == []
    assert rows(runtime, "SELECT count(*) FROM ops.digests") == [(0,)]


def test_a_mart_that_is_behind_is_waited_for(place: Place) -> None:
    stage(place.runtime, [ref(kill(50, killmail_time=f"{DAY}T01:00:00Z"))])
    load_past_gate(place.runtime)
    with pytest.raises(NotReadyError, match="when the DAG marts has run"):
        post_digest(place.runtime, DAY)
    refresh_marts(place.runtime)
    post_digest(place.runtime, DAY)
    assert "**5 killmails**" in place.embed["description"]


def test_a_day_that_is_not_over_is_refused(place: Place) -> None:
    for day in (datetime.now(UTC).date(), date(2999, 1, 1)):
        with pytest.raises(KillmartError, match="is not over yet"):
            post_digest(place.runtime, day)


def test_a_dry_run_posts_and_notes_nothing(place: Place, runtime: Runtime) -> None:
    for one in (place.runtime, runtime):
        shown = post_digest(one, DAY, dry_run=True)
        assert shown.outcome == "shown"
        assert "**4 killmails**" in shown.text
        assert "Dearest kill: [Machariel" in shown.text
    assert place.channel.messages == []
    assert rows(runtime, "SELECT count(*) FROM ops.digests") == [(0,)]


@pytest.mark.parametrize("entity", ["alliance", "alliance:", "alliance:0", "alliance:-1", "system:1", "alliance:1x"])
def test_an_entity_that_cannot_be_is_refused_by_name(entity: str) -> None:
    with pytest.raises(ConfigurationError, match="KILLMART_DIGEST_ENTITY"):
        load_settings({"KILLMART_DIGEST_ENTITY": entity})
