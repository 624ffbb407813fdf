"""How the simulator behaves, settable while it runs: ``POST /control/behaviour``."""

import threading
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crossing.ports.bridge import Database

Fault = Literal["none", "hang", "http_error", "html", "truncated", "wrong_shape", "other_question"]


class Behaviour(BaseModel):
    """``fault`` is one of

    - ``none``: answers as it should;
    - ``hang``: says nothing for ``hang_s`` seconds;
    - ``http_error``: answers with the status ``status``;
    - ``html``: a 200 with a web page, as a captive portal gives;
    - ``truncated``: a 200 with half an answer;
    - ``wrong_shape``: a 200 with JSON that lacks the records;
    - ``other_question``: a 200 with the answer to another question.

    ``latency_ms`` is waited before any answer. ``databases`` limits the fault to these (the status page then stays
    healthy); ``times`` ends the fault after so many answers. ``copy_as_of`` makes the answers come from a copy of
    that date.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_ms: Annotated[float, Field(ge=0, le=60_000)] = 0
    fault: Fault = "none"
    status: Annotated[int, Field(ge=400, le=599)] = 500
    hang_s: Annotated[float, Field(gt=0, le=300)] = 30
    databases: tuple[Database, ...] = ()
    times: Annotated[int, Field(ge=1)] | None = None
    copy_as_of: AwareDatetime | None = None


class BehaviourSwitch:
    """The behaviour in force. Thread-safe."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._lock = threading.Lock()
        self._behaviour = behaviour

    def set(self, behaviour: Behaviour) -> None:
        with self._lock:
            self._behaviour = behaviour

    @property
    def current(self) -> Behaviour:
        with self._lock:
            return self._behaviour

    def take(self, database: Database | None) -> Behaviour:
        """The behaviour for one answer of a database, or of the status page (None); counts ``times`` down."""
        with self._lock:
            behaviour = self._behaviour
            if behaviour.fault == "none":
                return behaviour
            if behaviour.databases and database not in behaviour.databases:
                return behaviour.model_copy(update={"fault": "none"})
            if behaviour.times is not None:
                self._behaviour = behaviour.model_copy(
                    update={"times": behaviour.times - 1} if behaviour.times > 1 else {"times": None, "fault": "none"}
                )
            return behaviour
