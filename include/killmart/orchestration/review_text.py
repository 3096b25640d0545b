"""The text of a question about a blocked batch, in markdown; what players made up stays harmless in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from killmart.load.review import BatchReview

_PAGES = "/plugin/data-quality/killmart/quality"
"""Our pages inside Airflow's: the menu entry of plugins/killmart_plugin.py, then the path in our app."""
_MOST_CHECKS = 10
_MOST_EXAMPLES = 5
_MOST_SIGNS = 200


def subject_of(review: BatchReview) -> str:
    """One line of plain text: which batch of which DAG, how much is in it, how much failed."""
    batch = review.batch
    origin = _one_line(batch.dag_id or batch.owner)
    return (
        f"Batch {batch.batch_id} of {origin} is blocked: {_plural(batch.candidates, 'killmail')}, "
        f"{_plural(batch.critical_failures, 'critical check')} failed"
    )


def body_of(review: BatchReview) -> str:
    """Counts, every failed check with why it matters and examples, what each answer does and until when it counts."""
    batch = review.batch
    parts = [
        f"The gate has blocked batch **{batch.batch_id}** ({_plain(batch.source)}, built "
        f"{batch.built_at:%Y-%m-%d %H:%M %Z}): {_plural(batch.claimed, 'killmail')} claimed, "
        f"{batch.candidates:,} ready to be promoted, {batch.known:,} known, {batch.quarantined:,} in quarantine. "
        "Nothing of it is in core.",
        f"[The batch's page]({_PAGES}/batches/{batch.batch_id}) has all of it.",
    ]
    if batch.dag_id and batch.dag_run_id:
        parts.append(f"It was built by {_code(batch.dag_id)} in run {_code(batch.dag_run_id)}.")
    parts += [_check(failure) for failure in review.failures[:_MOST_CHECKS]]
    if len(review.failures) > _MOST_CHECKS:
        parts.append(f"And {_plural(len(review.failures) - _MOST_CHECKS, 'more check')}, see the page.")
    parts.append(
        "**Approve** promotes the batch as it is; the note is kept and has to say why. **Reject** drops it: its "
        "killmails go to quarantine (reason `rejected_batch`), from where they can be retried after a fix. No "
        f"answer{_until(batch.answer_due_at)} is taken for a rejection."
    )
    return "\n\n".join(parts)


def _until(moment: datetime | None) -> str:
    return f" until {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""


def _check(failure: Any) -> str:
    examples = "".join(f"\n- {_code(_shown(row))}" for row in failure.examples[:_MOST_EXAMPLES])
    why = f" {_plain(failure.why)}" if failure.why else ""
    return (
        f"### {failure.severity}: {_code(failure.expectation)} on {_code(failure.table_name)}\n\n"
        f"{_plain(failure.observed or 'failed')}.{why}{examples and chr(10)}{examples}"
    )


def _shown(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())


def _code(text: str) -> str:
    """Text as inline code, in which markdown and HTML mean nothing."""
    return f"`{_one_line(text).replace('`', chr(39))}`"


def _plain(text: str) -> str:
    """Text whose signs mean nothing to markdown or HTML."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|~&!" else sign for sign in _one_line(text))


def _one_line(text: str) -> str:
    line = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return line if len(line) <= _MOST_SIGNS else f"{line[: _MOST_SIGNS - 1]}…"


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
