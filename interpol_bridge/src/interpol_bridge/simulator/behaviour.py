"""How the simulator answers: how late, how wrongly, and how that changes with time.

A scenario's phases follow one another by themselves; ``POST /control/behaviour`` ends them and sets one behaviour.
"""

import random
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from crossing.ports.breaker import Ticks
from crossing.ports.bridge import Database
from interpol_bridge.clock import Clock, utc_now

Fault = Literal[
    "none",
    "hang",
    "trickle",
    "http_error",
    "html",
    "truncated",
    "wrong_shape",
    "bad_record",
    "other_question",
    "empty",
    "too_long",
    "cut",
    "doctype",
    "foreign_namespace",
    "fault_element",
]
"""What is wrong with an answer.

- ``none``: nothing;
- ``hang``: nothing is said for ``hang_s`` seconds, then the true answer;
- ``trickle``: the true answer, in pieces spread over ``hang_s`` seconds;
- ``http_error``: the status ``status``, without a body;
- ``html``: a 200 with a web page, as a captive portal gives;
- ``truncated``: a 200 with half an answer, ended in order;
- ``wrong_shape``: a 200 with an answer that lacks the records;
- ``bad_record``: a 200 with a record that has no reference;
- ``other_question``: a 200 with the answer to another question;
- ``empty``: a 200 with nothing in it;
- ``too_long``: the true answer and two million spaces after it;
- ``cut``: half an answer, then the connection is closed;
- ``doctype``, ``foreign_namespace``, ``fault_element``, of the XML bureau: an answer with a document type and
  entities, one in another namespace, a 200 with a fault in it. The JSON server says ``wrong_shape`` instead.
"""

TRUE_ALL_THE_SAME: frozenset[Fault] = frozenset({"none", "hang", "trickle"})
"""With these the answer is the true one, only late."""

Share = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[float, Field(ge=0, le=60_000)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(Model):
    """Milliseconds that are drawn for each answer and come on top of ``latency_ms``.

    ``uniform``: between 0 and ``at_most_ms``. ``lognormal``: half of them under ``median_ms``, with a tail the longer
    the greater ``sigma`` (1 puts one in a hundred at ten times the median), and none over ``at_most_ms``.
    """

    kind: Literal["uniform", "lognormal"]
    median_ms: Annotated[float, Field(gt=0, le=60_000)] = 100
    sigma: Annotated[float, Field(gt=0, le=4)] = 0.5
    at_most_ms: Milliseconds = 10_000

    def draw(self, chance: random.Random) -> float:
        if self.kind == "uniform":
            return chance.uniform(0, self.at_most_ms)
        return min(self.at_most_ms, self.median_ms * chance.lognormvariate(0, self.sigma))


class Chance(Model):
    """A fault that befalls a share of the answers."""

    fault: Fault
    share: Share
    status: Annotated[int, Field(ge=400, le=599)] = 500
    hang_s: Annotated[float, Field(gt=0, le=300)] = 30


class Conduct(Model):
    """How an answer is given: ``latency_ms`` and ``spread`` before it, then ``fault``, or one of ``chances``."""

    latency_ms: Milliseconds = 0
    spread: Spread | None = None
    fault: Fault = "none"
    status: Annotated[int, Field(ge=400, le=599)] = 500
    hang_s: Annotated[float, Field(gt=0, le=300)] = 30
    chances: tuple[Chance, ...] = ()

    @model_validator(mode="after")
    def _chances_are_no_more_than_all(self) -> "Conduct":
        if sum(one.share for one in self.chances) > 1 + 1e-9:
            raise ValueError("the shares of the chances are more than 1 together")
        return self


class Behaviour(Conduct):
    """A conduct, and what it holds for.

    ``databases`` limits the fault and the chances to these (the status page then stays healthy); ``times`` ends the
    fault after so many answers. ``by_database`` gives a database a conduct of its own. ``copy_as_of`` makes the
    answers come from a copy of that date, ``copy_age_hours`` from one that is always so old.
    """

    databases: tuple[Database, ...] = ()
    times: Annotated[int, Field(ge=1)] | None = None
    by_database: dict[Database, Conduct] = Field(default_factory=dict)
    copy_as_of: AwareDatetime | None = None
    copy_age_hours: Annotated[float, Field(ge=0, le=87_600)] | None = None


class Phase(Behaviour):
    """A behaviour for ``lasts_s`` seconds or ``lasts_questions`` questions, whichever ends first; or for ever."""

    name: str = ""
    lasts_s: Annotated[float, Field(gt=0)] | None = None
    lasts_questions: Annotated[int, Field(ge=1)] | None = None

    @property
    def endless(self) -> bool:
        return self.lasts_s is None and self.lasts_questions is None


class BehaviourSwitch:
    """The behaviour in force. What is drawn by chance comes from ``seed`` alone. Thread-safe."""

    def __init__(
        self,
        behaviour: Behaviour,
        phases: Sequence[Phase] = (),
        *,
        repeat: bool = False,
        seed: int = 0,
        clock: Clock = utc_now,
        ticks: Ticks = time.monotonic,
    ) -> None:
        """``phases`` come one after the other, again and again where ``repeat``; then ``behaviour`` holds."""
        self._lock = threading.Lock()
        self._after = behaviour
        self._phases = tuple(phases)
        self._repeat = repeat
        self._clock = clock
        self._ticks = ticks
        self._chance = random.Random(seed)  # noqa: S311 - faults for training, no secrets
        self._position = 0
        self._began_at = ticks()
        self._questions = 0
        self._behaviour = self._of_position()

    def set(self, behaviour: Behaviour) -> None:
        """This behaviour from now on; the phases are over."""
        with self._lock:
            self._phases = ()
            self._behaviour = behaviour

    @property
    def current(self) -> Behaviour:
        with self._lock:
            self._go_on()
            return self._behaviour

    def take(self, database: Database | None) -> Behaviour:
        """The behaviour for one answer of a database, or of the status page (None), with nothing left to chance.

        ``latency_ms``, ``fault``, ``status``, ``hang_s`` and ``copy_as_of`` are what this answer gets.
        """
        with self._lock:
            self._go_on()
            behaviour = self._behaviour
            conduct: Conduct = behaviour
            if database is not None and database in behaviour.by_database:
                conduct = behaviour.by_database[database]
            spared = bool(behaviour.databases) and database not in behaviour.databases
            fault = Chance(fault="none", share=1) if spared else self._fault(conduct)
            drawn = conduct.spread.draw(self._chance) if conduct.spread else 0.0
            self._questions += database is not None
            self._go_on()
        return Behaviour(
            latency_ms=min(60_000, conduct.latency_ms + drawn),
            fault=fault.fault,
            status=fault.status,
            hang_s=fault.hang_s,
            copy_as_of=self._copy_as_of(behaviour),
        )

    def _fault(self, conduct: Conduct) -> Chance:
        if conduct.fault != "none":
            if conduct is self._behaviour:
                self._count_down()
            return Chance(fault=conduct.fault, share=1, status=conduct.status, hang_s=conduct.hang_s)
        drawn = self._chance.random() if conduct.chances else 0.0
        for one in conduct.chances:
            drawn -= one.share
            if drawn < 0:
                return one
        return Chance(fault="none", share=1)

    def _count_down(self) -> None:
        left = self._behaviour.times
        if left is not None:
            update: dict[str, object] = {"times": left - 1} if left > 1 else {"times": None, "fault": "none"}
            self._behaviour = self._behaviour.model_copy(update=update)

    def _copy_as_of(self, behaviour: Behaviour) -> AwareDatetime | None:
        if behaviour.copy_age_hours is not None:
            return self._clock() - timedelta(hours=behaviour.copy_age_hours)
        return behaviour.copy_as_of

    def _go_on(self) -> None:
        """Into the phase that it is time for."""
        while self._position < len(self._phases) and self._is_over(self._phases[self._position]):
            self._position += 1
            if self._repeat and self._position == len(self._phases):
                self._position = 0
            self._questions = 0
            self._behaviour = self._of_position()

    def _is_over(self, phase: Phase) -> bool:
        if phase.lasts_questions is not None and self._questions >= phase.lasts_questions:
            self._began_at = self._ticks()
            return True
        if phase.lasts_s is not None and self._ticks() - self._began_at >= phase.lasts_s:
            self._began_at += phase.lasts_s
            return True
        return False

    def _of_position(self) -> Behaviour:
        return self._phases[self._position] if self._position < len(self._phases) else self._after
