"""What a person reads who is asked about a batch: all that is needed, and nothing that a player made up works."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from killmart.db.review import FailedCheck, ReviewedBatch
from killmart.load.review import BatchReview
from killmart.orchestration.review_text import body_of, subject_of

BATCH = ReviewedBatch(
    batch_id=42,
    state="blocked",
    owner="killmails_live",
    dag_id="killmails_live",
    dag_run_id="scheduled__2026-11-22T12:00:00+00:00",
    source="r2z2",
    built_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
    finished_at=None,
    claimed=1234,
    candidates=1200,
    promoted=0,
    quarantined=4,
    known=30,
    run_id=7,
    outcome="blocked",
    critical_failures=2,
    answer_due_at=datetime(2026, 11, 25, 12, 30, tzinfo=UTC),
)
FAILURE = FailedCheck(
    table_name="kills_fact",
    expectation="items_add_up",
    column_name=None,
    severity="critical",
    observed="3 unexpected rows",
    unexpected_count=3,
    unexpected_percent=None,
    examples=[{"killmail_id": 97_010_661, "items": 2}],
    why="A killmail with fewer items than it says has lost some on the way.",
)


def test_the_question_names_batch_dag_counts_checks_examples_and_the_page() -> None:
    review = BatchReview(BATCH, 1200, [FAILURE])
    assert subject_of(review) == "Batch 42 of killmails_live is blocked: 1,200 killmails, 2 critical checks failed"
    body = body_of(review)
    for part in (
        "(/plugin/data-quality/killmart/quality/batches/42)",
        "1,234 killmails claimed, 1,200 ready to be promoted, 30 known, 4 in quarantine",
        "### critical: `items_add_up` on `kills_fact`",
        "3 unexpected rows. A killmail with fewer items",
        "\n- `killmail_id 97010661, items 2`",
        "in run `scheduled__2026-11-22T12:00:00+00:00`",
        "**Approve** promotes",
        "**Reject** drops",
        "No answer until 2026-11-25 12:30 UTC is taken for a rejection.",
    ):
        assert part in body


def test_one_of_a_kind_is_written_so() -> None:
    batch = replace(BATCH, claimed=1, candidates=1, critical_failures=1)
    assert subject_of(BatchReview(batch, 1, [FAILURE])).endswith("is blocked: 1 killmail, 1 critical check failed")
    body = body_of(BatchReview(batch, 1, [FAILURE] * 11))
    assert ": 1 killmail claimed, 1 ready" in body
    assert "And 1 more check, see" in body


def test_what_players_made_up_is_shown_and_means_nothing() -> None:
    evil = "<img src=x onerror=alert(1)> [click](javascript:alert(1)) `code`\n# heading"
    failure = replace(FAILURE, examples=[{"name": evil}], observed=evil, why=evil)
    body = body_of(BatchReview(replace(BATCH, source=evil, dag_run_id=evil), 0, [failure]))
    assert "\n# heading" not in body
    outside = "".join(body.split("`")[::2])  # what is not inline code
    assert "\\<img" in outside
    assert outside.replace("\\<", "").count("<") == 0
    assert outside.replace("\\[", "").count("[click") == 0


def test_a_question_has_an_end_however_much_failed() -> None:
    examples = [{"killmail_id": number, "text": "x" * 10_000} for number in range(20)]
    review = BatchReview(BATCH, 0, [replace(FAILURE, examples=examples, observed="y" * 10_000)] * 60)
    body = body_of(review)
    assert len(body) < 20_000
    assert "And 50 more checks" in body
