"""R2Z2: zKillboard's feed of numbered files, each with body, hash and zkb block; the cursor is ours.

Reads are idempotent, so a crash loses nothing: the position is committed with the rows. The order is that of
processing, not of ids or time. Files prove how far the feed is, sequence.json does not: it may be hours old. A number
that stays away, or stays unreadable in two runs, while a file well past it can be read is a hole: recorded and
stepped over. A run that meets a broken file looks how many there are in a row, so that the next one steps over them
all. The cursor goes back only where two answers of sequence.json and the files around it all say so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from killmart.config.settings import Settings
from killmart.errors import UpstreamError, UpstreamRefusedError
from killmart.model.ref import Cursor, FeedStep, Hole, Ref, Unreadable
from killmart.sources.feed import Feed, UnreadableAnswerError
from killmart.sources.package import as_id
from killmart.sources.r2z2_files import TOO_MANY, R2Z2Files, decode, moment_in, ref_of
from killmart.sources.transport.session import PoliteSession

log = logging.getLogger(__name__)

NAME = "r2z2"

WELL_PAST = 10
"""How far past a missing or unreadable number a file must be there before that number counts as a hole."""
FAR_PAST = (50, 200, 1000)
"""How far past it a run looks, too, that has found nothing to read at all."""
MOST_BROKEN = 50
"""How many broken files in a row a run looks at, once each, before it ends; those behind them cost another run."""
_LONGEST_LOOK = 60.0
"""Seconds after which it looks at no more of them."""
LOOKS = 3
"""How often a missing number is looked for before it is stepped over."""
TRAIL = 100
"""sequence.json trails the newest file by up to about 51."""
GONE = 2000
"""So many numbers behind, a missing file has rather been cleared away (files live 24 h) than left out."""

Steps = Generator[FeedStep, None, int | None]
"""Steps of the feed, then the position to go on at; None where the feed ends there for now."""


class R2Z2(Feed):
    """The feed of numbered files; without a cursor it begins where the settings say, or at the head."""

    name = NAME

    def __init__(self, session: PoliteSession, base_url: str, settings: Settings) -> None:
        self._files = R2Z2Files(session, base_url, settings.r2z2_pause)
        self._start = settings.r2z2_start
        self._has_read = False
        self._has_gone_back = False
        self._broken = range(0)
        """The numbers that an earlier run could not read."""

    @staticmethod
    def per_second(settings: Settings) -> float:
        return settings.r2z2_rate

    @staticmethod
    def propose_client_id() -> None:
        """Its cursor is ours; nobody is known by name there."""

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """Read on until the next number is not published yet; the caller commits each step.

        Raises UpstreamRefusedError on a ban, UpstreamError where the feed is away or answers nonsense.
        """
        if cursor.seconds_since_404 is not None:
            self._files.rest(cursor.seconds_since_404)
        if cursor.position:
            position = int(cursor.position)
        else:
            position = self._start or self._files.sequence()
            yield self._step(position)
        self._broken = range(position, position + cursor.failures)
        while True:
            turn = yield from self._read(position)
            if turn is None:
                return
            position = turn

    def _step(
        self,
        position: int,
        refs: tuple[Ref, ...] = (),
        unreadable: Unreadable | None = None,
        hole: Hole | None = None,
        uploaded_at: int | None = None,
    ) -> FeedStep:
        """A step to `position`, noting any 404 since the last one: the next process has to know of it, too."""
        is_not_found = self._files.take_missed()
        return FeedStep(str(position), refs, unreadable, hole, is_not_found=is_not_found, uploaded_at=uploaded_at)

    def _step_on(self, position: int, *what: Any) -> FeedStep:
        """A step to a new `position`, with what is known of the numbers from there on."""
        return replace(
            self._step(position, *what), failures=self._broken.stop - position if position in self._broken else 0
        )

    def _read(self, position: int) -> Steps:
        """What is at `position`, whatever it is."""
        try:
            content = self._files.find(position)
            if content is None:
                return (yield from self._look_closer(position))
        except UnreadableAnswerError as error:
            return (yield from self._judge(position, error))
        return (yield from self._take(position, content))

    def _take(self, position: int, content: bytes) -> Steps:
        """What file `position` holds, with the older file that it says was republished."""
        self._has_read = True
        package = decode(content)
        refs, unreadable = ref_of(package, content)
        hole = None
        updated = as_id(package.sequence_updated)
        if updated is not None and updated < position:
            lacks = ""
            try:
                again = yield from self._read_again(updated, position)
                if again is None:
                    lacks = f"404 {LOOKS} times"
                else:
                    renewed, _ = ref_of(decode(again), again)
                    refs = (*refs, *renewed)
            except UnreadableAnswerError as error:
                if position not in self._broken:
                    yield self._failed(position)
                    raise UpstreamError(str(error)) from None
                lacks = f"unreadable in two runs ({error.reason})"
            if lacks:
                hole = Hole(updated, updated, f"{lacks}, though file {position} says that it was republished")
                log.warning("R2Z2's %d: %s; what it said before stays", updated, hole.reason)
        yield self._step_on(position + 1, refs, unreadable, hole, moment_in(package.uploaded_at))
        return position + 1

    def _read_again(self, updated: int, position: int) -> Generator[FeedStep, None, bytes | None]:
        """The republished file `updated`; a 404 is looked at again, and is a step that leaves the cursor here."""
        for look in range(1, LOOKS + 1):
            try:
                content = self._files.find(updated, query=f"?updated={position}")  # which no cache knows yet
            except UnreadableAnswerError:
                if look == LOOKS:
                    raise
                continue
            if content is not None:
                return content
            yield self._step(position)
        return None

    def _failed(self, position: int, numbers: int = 1) -> FeedStep:
        """A step that notes that so many `numbers` from `position` on cannot be read; the run ends with it."""
        return FeedStep(str(position), is_not_found=self._files.take_missed(), failures=numbers, may_end=False)

    def _broken_from(self, position: int) -> int:
        """How many files in a row cannot be read, the one at `position` being the first; the others get one look."""
        until = time.monotonic() + _LONGEST_LOOK
        for number in range(position + 1, position + MOST_BROKEN):
            try:
                self._files.find(number, fresh=True, once=True)
            except UnreadableAnswerError as error:
                if error.reason != TOO_MANY and time.monotonic() < until:
                    continue
            return number - position
        return MOST_BROKEN

    def _judge(self, position: int, error: UnreadableAnswerError) -> Steps:
        """Step over a file that is unreadable in the second run, too, or raise `error`.

        Where no file well past it can be read, all of the feed may be away: then nothing is counted.
        """
        head, _ = self._head()
        ahead = yield from self._ahead_of(position, head)
        if ahead is None:
            raise error
        try:
            content = self._files.find(position, fresh=True)
            if content is not None:
                return (yield from self._take(position, content))
        except UnreadableAnswerError as again:
            error = again
        if position not in self._broken:
            yield self._failed(position)  # noted whatever becomes of the look at the others
            more = self._broken_from(position) - 1
            if more:
                yield self._failed(position, more)
            raise error
        hole = Hole(position, position, f"unreadable in two runs ({error.reason}) while file {ahead} can be read")
        log.warning("R2Z2's %d is %s; stepping over", position, hole.reason)
        unreadable = Unreadable(f"R2Z2's {position} is {hole.reason}", error.content) if error.content else None
        yield self._step_on(position + 1, (), unreadable, hole)
        return position + 1

    def _look_closer(self, position: int) -> Steps:
        """Whether what was not found at `position` is a hole, or the feed simply ends there for now.

        Every look that finds nothing is a step of its own. Raises UnreadableAnswerError where something came.
        """
        yield self._step(position)
        head, pointer_error = self._head()
        ahead = yield from self._ahead_of(position, head)
        if ahead is None:
            if pointer_error is not None:
                raise pointer_error
            if head + TRAIL < position:
                return (yield from self._go_back(position, head))
            if head > position:
                log.warning("R2Z2 has no %d yet, though sequence.json is at %d; looking again next run", position, head)
            return None
        for _ in range(LOOKS - 1):
            content = self._files.find(position, fresh=True)
            if content is not None:
                return (yield from self._take(position, content))
            yield self._step(position)
        last, reason = position, f"404 {LOOKS} times while file {ahead} is there"
        if ahead > position + GONE:
            oldest = yield from self._oldest_between(position, ahead, position)
            if oldest > position + 1:
                last, reason = oldest - 1, "these files are older than the feed keeps them"
        log.warning("R2Z2 has no %d to %d: %s; stepping over", position, last, reason)
        yield self._step_on(last + 1, (), None, Hole(position, last, reason))
        return last + 1

    def _head(self) -> tuple[int, UpstreamError | None]:
        """What sequence.json says, or 0 and why it says nothing: files can prove what it does not."""
        try:
            return self._files.sequence(), None
        except UpstreamRefusedError:
            raise
        except UpstreamError as error:
            return 0, error

    def _ahead_of(self, position: int, head: int) -> Generator[FeedStep, None, int | None]:
        """A file well past `position` that can be read, which proves that the feed went on; None where none is found.

        `head` is what sequence.json says. Few are tried: a 404 asks for a pause each.
        """
        numbers = [head] if head >= position + WELL_PAST else []
        numbers += [position + far for far in (WELL_PAST, *(() if self._has_read else FAR_PAST))]
        for number in dict.fromkeys(numbers):
            if (yield from self._can_read(number, position)):
                return number
        return None

    def _go_back(self, position: int, head: int) -> Steps:
        """Go on at the oldest file, once a run, where all agrees that `position` is beyond what there is.

        That is: a second answer of sequence.json as well, no file just before `position`, and one at the head.
        """
        if (yield from self._can_read(position - 1, position)):
            return None  # sequence.json is old
        second = self._files.sequence()
        newest = max(head, second)
        is_sure = newest + TRAIL < position and not self._has_gone_back
        if not is_sure or not (yield from self._can_read(newest, position)):
            log.warning(
                "R2Z2's sequence.json says %d, then %d; our cursor is %d, and no file shows which of them is right. "
                "The cursor stays, the next run looks again",
                head,
                second,
                position,
            )
            return None
        self._has_gone_back = True
        oldest = yield from self._oldest_between(0, newest, position)
        reason = f"our cursor {position} was beyond the head {newest}; went on at the oldest file, {oldest}"
        log.warning("R2Z2: %s", reason)
        yield self._step(oldest, hole=Hole(None, None, reason))
        return oldest

    def _oldest_between(self, missing: int, there: int, position: int) -> Generator[FeedStep, None, int]:
        """The lowest number that is there, between one that is missing and one that is; the cursor stays meanwhile.

        By bisection; a hole or a slip can mislead it, so it goes on below whatever is there just under its result.
        """
        oldest: int | None = there
        while oldest is not None:
            there, low = oldest, missing
            while there - low > 1:
                middle = (low + there) // 2
                if (yield from self._can_read(middle, position)):
                    there = middle
                else:
                    low = middle
            oldest = None
            for number in range(there - 1, max(missing, there - 3), -1):
                if oldest is None and (yield from self._can_read(number, position)):
                    oldest = number
        return there

    def _can_read(self, number: int, position: int) -> Generator[FeedStep, None, bool]:
        """Whether file `number` is there and readable; where it is not, that is a step that leaves the cursor."""
        try:
            if self._files.find(number, fresh=True, once=True) is not None:
                return True
        except UnreadableAnswerError as error:
            log.info("%s", error)
        yield replace(self._step(position), may_end=False)  # a search that is cut short would begin again for ever
        return False
