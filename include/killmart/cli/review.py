"""The commands `batches` and `quarantine`: what the gate set aside, and what people do with it."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from killmart.cli.show import Json, show, show_rows
from killmart.runtime import runtime_from_environment

batches = typer.Typer(no_args_is_help=True, help="Batches that the gate has blocked: look, then release or reject.")
quarantine = typer.Typer(no_args_is_help=True, help="Killmails in quarantine: look, then retry, release or discard.")

By = Annotated[str, typer.Option(help="Who does this, for the record; else the user of this computer.")]
Note = Annotated[str, typer.Option(help="Why, for the record.")]
BatchId = Annotated[int, typer.Argument(help="Number of the batch.", min=1)]
EntryId = Annotated[int, typer.Argument(help="Number of the entry.", min=1)]
EntryIds = Annotated[list[int] | None, typer.Argument(help="Numbers of entries.", min=1)]
OfReason = Annotated[str, typer.Option(help="All open entries of this reason.")]
OfBatch = Annotated[int | None, typer.Option(help="All open entries of this batch.", min=1)]
Before = Annotated[int | None, typer.Option(help="Go on below this number: the next page.", min=1)]
Limit = Annotated[int, typer.Option(help="Rows at most.", min=1, max=1000)]

_BATCH_COLUMNS = (
    *("batch_id", "dag_id", "source", "built_at", "answer_due_at", "claimed", "candidates", "critical_failures"),
    "outcome",
)
_ENTRY_COLUMNS = ("quarantine_id", "killmail_id", "reason", "detail", "feed", "quarantined_at", "resolution")


@batches.command("list")
def list_batches(
    rejected: Annotated[bool, typer.Option("--rejected", help="Those that were rejected instead.")] = False,
    before: Before = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Blocked batches, the latest first."""
    from killmart.load.review import batches_in

    found = batches_in(runtime_from_environment(), "rejected" if rejected else "blocked", before, limit)
    _show_page("batches", [asdict(one) for one in found], _BATCH_COLUMNS, "batch_id", limit, json)


@batches.command("show")
def show_batch(batch_id: BatchId, json: Json = False) -> None:
    """One batch: its counts, the checks that failed, and what people did."""
    from killmart.load.review import review_of

    found = asdict(review_of(runtime_from_environment(), batch_id))
    if json:
        show(found, True)
        return
    show({**found["batch"], "set_aside": found["set_aside"]}, False)
    show_rows(found["failures"], ("severity", "table_name", "expectation", "observed", "why", "examples"))
    show_rows(found["actions"], ("at", "actor", "action", "note"))


@batches.command("release")
def release_batch(batch_id: BatchId, note: Note, by: By = "", json: Json = False) -> None:
    """Promote a blocked batch although checks failed; the note says why."""
    from killmart.load.review import release_batch as release

    show(release(runtime_from_environment(), batch_id, _person(by), note).counts(), json)


@batches.command("reject")
def reject_batch(
    batch_id: BatchId,
    note: Note,
    by: By = "",
    to_quarantine: Annotated[
        bool, typer.Option("--quarantine", help="Put its killmails into quarantine, one by one; else set aside.")
    ] = False,
    json: Json = False,
) -> None:
    """Drop a blocked batch; its killmails stay set aside in staging until `retry`, or go to quarantine."""
    from killmart.load.review import reject_batch as reject

    count = reject(runtime_from_environment(), batch_id, _person(by), note, to_quarantine)
    show({"quarantined" if to_quarantine else "set_aside": count}, json)


@batches.command("retry")
def retry_batch(batch_id: BatchId, note: Note = "", by: By = "", json: Json = False) -> None:
    """Let the next run build a rejected batch's killmails again, after a fix."""
    from killmart.load.review import retry_batch as retry

    show({"taken_up_again": retry(runtime_from_environment(), batch_id, _person(by), note)}, json)


@quarantine.command("list")
def list_entries(
    reason: Annotated[str, typer.Argument(help="Entries of this reason; else how many each reason has.")] = "",
    resolved: Annotated[bool, typer.Option("--resolved", help="Those that were dealt with instead.")] = False,
    before: Before = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Reasons with their counts, or the entries of one reason (`all`: of every one), the latest first."""
    from killmart.load import quarantine as stage

    runtime = runtime_from_environment()
    if not reason and not resolved:
        rows = [asdict(one) for one in stage.reasons(runtime)]
        if json:
            show({"reasons": rows}, True)
        else:
            show_rows(rows, ("reason", "killmails", "is_releasable"))
        return
    wanted = None if reason in ("", "all") else reason
    found = stage.entries(runtime, wanted, before, limit, is_resolved=resolved)
    _show_page("entries", [asdict(one) for one in found], _ENTRY_COLUMNS, "quarantine_id", limit, json)


@quarantine.command("show")
def show_entry(quarantine_id: EntryId, json: Json = False) -> None:
    """One entry: reason, body as received, and what people did."""
    from killmart.load.quarantine import entry_of

    found = asdict(entry_of(runtime_from_environment(), quarantine_id))
    found["body"] = None if found["body"] is None else found["body"].decode(errors="backslashreplace")
    if json:
        show(found, True)
        return
    entry = found.pop("entry")
    plain = {name: found[name] for name in ("is_releasable", "staging_state", "zkb", "body")}
    show_rows([{"name": name, "value": value} for name, value in (entry | plain).items()], ("name", "value"))
    show_rows(found["actions"], ("at", "actor", "action", "note"))
    show_rows(found["others"], _ENTRY_COLUMNS)


@quarantine.command("retry")
def retry_entries(
    ids: EntryIds = None,
    reason: OfReason = "",
    batch: OfBatch = None,
    note: Note = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Give killmails back to staging, to be built or fetched again; exits 1 if some could not be."""
    from killmart.load.quarantine import retry

    _work(lambda runtime, some: retry(runtime, some, _person(by), note), ids, reason, batch, json)


@quarantine.command("discard")
def discard_entries(
    note: Note,
    ids: EntryIds = None,
    reason: OfReason = "",
    batch: OfBatch = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Close entries for good, with the note on record; exits 1 where some could not be."""
    from killmart.load.quarantine import discard

    _work(lambda runtime, some: discard(runtime, some, _person(by), note), ids, reason, batch, json)


@quarantine.command("release")
def release_entry(quarantine_id: EntryId, note: Note, by: By = "", json: Json = False) -> None:
    """Bring one killmail to core although it broke a rule; the note says why."""
    from killmart.load.quarantine import release

    show(release(runtime_from_environment(), quarantine_id, _person(by), note).counts(), json)


def _work(work: Any, ids: Sequence[int] | None, reason: str, batch: int | None, json: bool) -> None:
    """Do `work` on the entries named, or on all of a reason or batch; one of the three has to be given."""
    from killmart.load.quarantine import Worked, open_ids

    if bool(ids) == bool(reason or batch):
        raise typer.BadParameter("Give numbers of entries, or --reason, or --batch.")
    runtime = runtime_from_environment()
    total = Worked()
    for some in [ids] if ids else open_ids(runtime, batch, reason or None):
        worked = work(runtime, some)
        total.done += worked.done
        total.refused |= worked.refused
    if json:
        show(total, True)
    else:
        show({"done": len(total.done), "refused": list(total.refused.values())}, False)
    if total.refused:
        raise typer.Exit(1)


def _show_page(name: str, rows: list[dict[str, Any]], columns: Sequence[str], key: str, limit: int, json: bool) -> None:
    following = rows[-1][key] if len(rows) == limit else None
    if json:
        show({name: rows, "before": following}, True)
        return
    show_rows(rows, columns, most=limit)
    if following is not None:
        print(f"More with --before {following}.")


def _person(by: str) -> str:
    return by or getpass.getuser()
