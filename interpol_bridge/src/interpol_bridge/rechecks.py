"""Asking again, online, what the databases did not answer when it was asked.

The questions wait in the store, so that nothing is lost by a restart. One thread looks after them: while anything
waits it asks the backend itself how it is, with a call about nobody, and once that answers, what waits is asked at a
measured pace. A question that fails by itself is asked again after a pause that doubles.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

import structlog

from crossing.ports.breaker import Circuit, Ticks
from crossing.ports.bridge import BridgeAnswer, Mode, NotCheckedReason, Outcome
from interpol_bridge.answering import BEHIND_A_COPY, Answering
from interpol_bridge.backends.base import Source
from interpol_bridge.clock import Clock
from interpol_bridge.errors import RateExceeded
from interpol_bridge.line import Line
from interpol_bridge.metrics import Metrics
from interpol_bridge.questions import Question
from interpol_bridge.rates import RateLimiter
from interpol_bridge.settings import Settings
from interpol_bridge.store.rechecks import Waiting
from interpol_bridge.store.store import Store

PAUSE_AT_MOST: Final = timedelta(minutes=10)
NOTHING_WAITS_S: Final = 60.0
"""How often an empty queue is looked at; whoever adds to it says so."""
GIVEN_UP_AT_ONCE: Final = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """``at_once`` questions side by side, ``per_minute`` in a minute; ``pause`` before the second try, doubling."""

    at_once: int
    per_minute: int
    pause: timedelta
    probe_interval_s: float
    given_up_after: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            at_once=settings.rechecks_at_once,
            per_minute=settings.rechecks_per_minute,
            pause=timedelta(seconds=settings.recheck_backoff_s),
            probe_interval_s=settings.probe_interval_s,
            given_up_after=timedelta(days=settings.recheck_days),
        )

    @property
    def longest(self) -> timedelta:
        """No question that may leave waits longer than so."""
        return max(PAUSE_AT_MOST, self.pause)

    def pause_after(self, attempts: int) -> timedelta:
        """How long a question waits that failed ``attempts`` times by itself."""
        return min(PAUSE_AT_MOST, self.pause * (1 << min(attempts, 20)))


class Rechecks:
    """The thread that asks again, between :meth:`start` and :meth:`close`."""

    def __init__(
        self,
        line: Line,
        *,
        answering: Answering,
        store: Store,
        metrics: Metrics,
        pace: Pace,
        clock: Clock,
        ticks: Ticks,
    ) -> None:
        self._line = line
        self._answering = answering
        self._store = store
        self._metrics = metrics
        self._pace = pace
        self._clock = clock
        self._budget = RateLimiter(per_minute=pace.per_minute, burst=pace.at_once, ticks=ticks)
        self._was_down = True
        self._some_wait = True
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rechecks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop, after the questions that are on their way; nothing to do where it was not started."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def answered(self, answers: Sequence[BridgeAnswer]) -> None:
        """A caller was answered: look whether something new waits, or the databases are heard of again."""
        if any(one.recheck for one in answers):
            self._some_wait = True
            self._wake.set()
        elif self._some_wait and self._was_down and any(_from_the_databases(one) for one in answers):
            self._wake.set()

    def give_up_old(self) -> None:
        """End the wait of what was not answered in its time, and forget what was asked."""
        now = self._clock()
        while old := self._store.old_rechecks(now - self._pace.given_up_after, GIVEN_UP_AT_ONCE):
            for one in old:
                self._give_up(one)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self._turn()
            except Exception as error:  # noqa: BLE001
                # A thread that ends would leave every later question waiting without a word. The error's text may
                # carry what was asked.
                log.warning("rechecks_failed", error=type(error).__name__)
                pause = self._pace.probe_interval_s
            self._wake.wait(pause)
            self._wake.clear()

    def _turn(self) -> float:
        """Ask what is due and may be asked; the seconds until the next look."""
        due_at = self._store.next_recheck()
        # Where one was queued since then, whoever did it wakes this thread for another turn.
        self._some_wait = due_at is not None
        if due_at is None:
            return NOTHING_WAITS_S
        if not self._somebody_answers():
            return self._pace.probe_interval_s
        now = self._clock()
        if self._was_down and self._line.health.source.mode is Mode.ONLINE:
            self._was_down = False
            log.info("rechecks_due", brought_forward=self._store.all_rechecks_due(now))
            return 0.0
        if due_at > now:
            put_off_beyond = self._store.bring_forward(now, self._pace.longest)
            return 0.0 if put_off_beyond else min(self._pace.probe_interval_s, (due_at - now).total_seconds())
        due = self._store.due_rechecks(now, self._pace.at_once)
        try:
            self._budget.spend("", len(due))
        except RateExceeded as exceeded:
            return exceeded.retry_after_s
        self._ask(due)
        return 0.0

    def _somebody_answers(self) -> bool:
        """Whether the backend answers, be it from a copy; it is asked where it was silent for a while."""
        self._line.probe_if_in_doubt(self._pace.probe_interval_s)
        last = self._line.health.last
        answers = isinstance(last, Source) and not self._answering.is_stale(last)
        answers = answers and self._line.health.circuit is Circuit.CLOSED
        # What waits because of a copy is brought forward when the databases themselves are back.
        self._was_down = self._was_down or not answers or self._line.health.source.mode is not Mode.ONLINE
        return answers

    def _ask(self, due: Sequence[Waiting]) -> None:
        readable = [(one, one.question) for one in due if one.question is not None]
        for one in due:
            if one.question is None:
                self._give_up(one)
        questions = [question for _, question in readable]
        self._store.record_asked_again(readable, self._clock())
        for (one, question), answer in zip(readable, self._answering.answer_online(questions), strict=True):
            self._keep(one, question, answer)

    def _keep(self, one: Waiting, question: Question, answer: BridgeAnswer) -> None:
        if answer.not_checked_reason is NotCheckedReason.UNSUPPORTED:
            self._give_up(one)
            return
        now = self._clock()
        due_at = now + self._pace.pause_after(one.attempts)
        if answer.outcome is Outcome.NOT_CHECKED:
            self._store.record_not_answered_again(question, answer, one, now, due_at=due_at)
            result = "not_answered"
        elif answer.mode is not Mode.ONLINE:
            told = answer.model_copy(update={"online_reason": BEHIND_A_COPY, "recheck": True})
            self._store.record_copied_again(question, told, one, now, due_at=due_at)
            result = "copied"
        else:
            self._store.record_answered_again(question, answer, one, now)
            result = "hit" if answer.hits else "answered"
        self._metrics.rechecked(result)
        log.info(
            "rechecked",
            request_id=str(one.request_id),
            post=one.post,
            operation=one.database,
            outcome=answer.outcome,
            mode=answer.mode,
            reason=answer.not_checked_reason,
            attempts=one.attempts + 1,
        )

    def _give_up(self, one: Waiting) -> None:
        self._store.give_up(one, self._clock())
        self._metrics.rechecked("given_up")
        log.warning("recheck_given_up", request_id=str(one.request_id), post=one.post, reason=one.reason)


def _from_the_databases(answer: BridgeAnswer) -> bool:
    return answer.outcome is not Outcome.NOT_CHECKED and answer.mode is Mode.ONLINE
