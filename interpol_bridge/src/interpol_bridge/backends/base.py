"""The backend port: what the bridge needs from whoever can ask, or holds, INTERPOL's databases.

An online service answers with ``Mode.ONLINE``; a local copy with ``Mode.OFFLINE_COPY`` and the date it is of. A
backend maps its own protocol to these words and knows nothing of callers, audit, deadlines or circuit breaking:
the bridge holds those around every backend alike. It is called from several threads at once.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from crossing.ports.bridge import Database, FraudType, Mode, NotCheckedReason, NoticeColour
from interpol_bridge.questions import Question


class Record(BaseModel):
    """One record of a database that answers a question. ``score`` is 1 for an exact match."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    record_reference: Annotated[str, Field(min_length=1, max_length=128)]
    owner_bureau: Annotated[str, Field(max_length=64)]
    match_type: Literal["exact", "twin", "fuzzy"]
    score: Annotated[float, Field(ge=0, le=1)]
    explanations: tuple[str, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    fraud_type: FraudType | None = None
    notice_colour: NoticeColour | None = None
    action: str = ""
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer comes from; ``copy_as_of`` is the date of a copy, aware, and None online. ``databases`` are
    those that a copy of ours holds."""

    mode: Mode
    copy_as_of: datetime | None = None
    databases: tuple[Database, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer: the records found, perhaps none, and where they come from."""

    source: Source
    records: tuple[Record, ...]


class NotAnswered(Exception):
    """The backend gave no answer that can be used. ``detail`` is for logs and carries no personal data."""

    def __init__(self, reason: NotCheckedReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason


class Backend(Protocol):
    """Whoever answers questions."""

    @property
    def name(self) -> str:
        """One word for the status page: ``simulator``, ``gateway``, ``offline_copy``."""
        ...

    def ask(self, question: Question) -> Finding:
        """Ask one question.

        :raises NotAnswered: with the reason; any other exception counts as ``BACKEND_ERROR``
        """
        ...

    def probe(self) -> Source:
        """Find out whether questions would be answered now, without asking about anyone.

        :raises NotAnswered: they would not
        """
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...
