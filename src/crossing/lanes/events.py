"""What a lane tells the capital beside the movement itself."""

from typing import Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy.orm import Session

from crossing.replication.appliers import require_own_post
from crossing.replication.events import ReceivedEvent
from crossing.screening import ledger
from crossing.screening.schemas import CheckResult

SUBJECT: Final = "session"
"""The kind of subject under which a traveller's checks stand in the ledger."""

LATE_ANSWER: Final = "check.late_answer"
LATE_ANSWER_VERSION: Final = 1


class LateAnswer(BaseModel):
    """A check answered after the traveller had left the desk. With a hit it travels in the alert lane.

    ``movement_id`` is None for a traveller who walked away before a decision.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: UUID
    movement_id: UUID | None
    post: str
    lane: str
    closed_at: AwareDatetime
    checks: tuple[CheckResult, ...]

    @property
    def alerts(self) -> bool:
        return any(check.alerts for check in self.checks)


def apply_late_answer(session: Session, event: ReceivedEvent) -> None:
    """The capital's applier: the answer joins the ledger under the session it belongs to."""
    answer = LateAnswer.model_validate(event.payload)
    require_own_post(event, answer.post)
    ledger.record(session, SUBJECT, answer.session_id, answer.checks)
