"""Settings are read once and checked; a bad value is refused by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import fields

from killmart.config.settings import PROJECT, Settings, load_settings
from killmart.errors import ConfigurationError


def test_nothing_set_and_empty_variables_are_the_defaults() -> None:
    assert load_settings({}) == Settings()
    assert load_settings({"KILLMART_PORT": " ", "KILLMART_FEED": "", "HOME": "/elsewhere"}) == Settings()


def test_values_are_read_as_what_they_are() -> None:
    environ = {
        "KILLMART_PORT": " 0 ",
        "KILLMART_REDISQ_RATE": "500",
        "KILLMART_FEED": "r2z2",
        "KILLMART_CONTACT": "A B",
    }
    settings = load_settings(environ)
    assert (settings.port, settings.redisq_rate, settings.feed, settings.contact) == (0, 500.0, "r2z2", "A B")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "int"),
        ("PORT", "65536", "<= 65535"),
        ("PORT", "-1", ">= 0"),
        ("FEED", "zkb", "'redisq' or 'r2z2'"),
        ("FEED", "RedisQ", "'redisq' or 'r2z2'"),
        ("LIVE_MINUTES", "0", ">= 1"),
        ("LIVE_MINUTES", "60", "<= 59"),
        ("REDISQ_RATE", "0", "> 0"),
        ("REDISQ_RATE", "-2", "> 0"),
        ("REDISQ_RATE", "fast", "float"),
        ("REDISQ_RATE", "nan", "> 0"),
        ("DRAIN_SECONDS", "inf", "<= 1000000"),
        ("FETCH_SECONDS", "1e999", "range"),
        ("REDISQ_TTW", "11", "<= 10"),
        ("ESI_CONCURRENCY", "1.5", "int"),
        ("BATCH_KILLS", "0", ">= 1"),
        ("BATCH_KILLS", "20_000", "int"),
        ("BATCH_KILLS", "1" * 30, "<= 10000000"),
        ("STAGING_DAYS", "0", "> 0"),
        ("CONTACT", "me\nX-Header: yes", "matching"),
        ("HOME", "~nobody-of-that-name/killmart", "no such user"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({f"KILLMART_{name}": value})
    assert str(refusal.value).startswith(f"KILLMART_{name}={value!r} is refused: ")
    assert said in str(refusal.value)


@pytest.mark.parametrize("name", [field.name for field in fields(Settings) if field.type is not str])
def test_every_setting_that_can_be_wrong_is_checked(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^KILLMART_{name.upper()}="):
        load_settings({f"KILLMART_{name.upper()}": "a\nb"})


def test_a_relative_home_counts_from_the_project(tmp_path: Path) -> None:
    assert Settings().home_path == PROJECT / ".killmart"
    assert load_settings({"KILLMART_HOME": "../other"}).home_path == PROJECT.parent / "other"
    assert load_settings({"KILLMART_HOME": str(tmp_path)}).home_path == tmp_path
    assert load_settings({"KILLMART_HOME": "~/killmart"}).home_path == Path.home() / "killmart"


@pytest.mark.parametrize(
    ("home", "why"),
    [
        ("/tmp/two\nlines", "it holds a line break, a control character or bytes that are no UTF-8"),
        ("/tmp/\x1b[2J", "it holds a line break, a control character or bytes that are no UTF-8"),
        ("/tmp/\udcff", "it holds a line break, a control character or bytes that are no UTF-8"),
        ("/tmp/$PATH", "Airflow would replace the variable in it"),
        ("/tmp/a${PATH}b", "Airflow would replace the variable in it"),
    ],
)
def test_a_home_that_some_program_would_not_find_is_refused_by_name(home: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^KILLMART_HOME=.* is refused: {why}$"):
        load_settings({"KILLMART_HOME": home})


@pytest.mark.parametrize("home", ['/tmp/5$ a "day"', "/tmp/back\\slash", "/tmp/it's 100%", "/tmp/ÆØÅ 日本"])
def test_other_homes_are_taken_as_they_are(home: str) -> None:
    assert str(load_settings({"KILLMART_HOME": home}).home_path) == home
