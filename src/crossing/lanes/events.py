"""What a lane tells the capital beside the movement itself."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from crossing.faces.figures import tallies
from crossing.movements.face_figures import Group, Seen, tallies_of_judged
from crossing.movements.schemas import Person, TravelDocument
from crossing.replication.appliers import require_own_post
from crossing.replication.events import ReceivedEvent
from crossing.screening import ledger
from crossing.screening.schemas import CheckResult, FaceJudgement

SUBJECT: Final = "session"
"""The kind of subject under which a traveller's checks stand in the ledger."""

LATE_ANSWER: Final = "check.late_answer"
LATE_ANSWER_VERSION: Final = 6
LATE_ANSWER_VERSIONS: Final = (1, 2, 3, 4, 5, LATE_ANSWER_VERSION)
"""Version 1 does not say who the traveller is; version 3 has room for hits that were cleared before, version 4 for
all that INTERPOL says of a record, and for answers that are asked for again. Version 5 says which answer is the newer
one, and tells of known hits again where INTERPOL's own answer takes the place of a copy's. Version 6 says how the
traveller came to the desk: of some no other post may be told."""

ABANDONED: Final = "session.abandoned"
ABANDONED_VERSION: Final = 3
ABANDONED_VERSIONS: Final = (1, 2, ABANDONED_VERSION)
"""Version 2 has room for hits that were cleared before; version 3 is as version 4 of a late answer."""


class LateAnswer(BaseModel):
    """A check answered after the traveller had left the desk. With a hit it travels in the alert lane, unless it was
    told before.

    ``movement_id`` is None for a traveller who walked away before a decision. ``person`` and ``document`` are there
    with an alert alone, for whoever is to look for them; None where they are not known. ``case`` is there too: a
    ``CrossingCase``, perhaps one that the capital does not know yet. ``round`` is the answer's at the post: lanes
    bring answers out of order, and of two the one of the higher round counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: UUID
    movement_id: UUID | None
    post: str
    lane: str
    closed_at: AwareDatetime
    checks: tuple[CheckResult, ...]
    person: Person | None = None
    document: TravelDocument | None = None
    case: Annotated[str, Field(max_length=32)] = ""
    round: Annotated[int, Field(ge=0)] | None = None
    told_before: bool = False

    @property
    def alerts(self) -> bool:
        return not self.told_before and any(check.alerts for check in self.checks)


def apply_late_answer(session: Session, event: ReceivedEvent) -> None:
    """The capital's applier: the answer joins the ledger under the session it belongs to."""
    answer = LateAnswer.model_validate(event.payload)
    require_own_post(event, answer.post)
    ledger.record(session, SUBJECT, answer.session_id, answer.checks, number=answer.round)


class Abandoned(BaseModel):
    """What officers said of the faces of a traveller who left before a decision: what a movement would have kept.

    ``checks`` are those that they said something of, with the last word beside each hit; ``judgements`` every word,
    oldest first. Of who it was there is the group alone: nothing was decided about a person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: UUID
    post: str
    lane: str
    closed_at: AwareDatetime
    sex: Annotated[str, Field(pattern="^[MFX]?$")]
    age_band: Annotated[str, Field(max_length=8)]
    nationality_group: Annotated[str, Field(max_length=32)]
    live_sha256: str | None
    checks: tuple[CheckResult, ...]
    judgements: tuple[FaceJudgement, ...]

    @property
    def seen(self) -> Seen:
        group = Group(self.sex, self.age_band, self.nationality_group)
        return Seen(self.post, self.closed_at, group, self.live_sha256, self.checks, self.judgements)


def count_abandoned(session: Session, told: Abandoned) -> None:
    """Add the words to the counts by group, at the post and at the capital alike."""
    tallies.add(session, tallies_of_judged(told.seen))


def apply_abandoned(session: Session, event: ReceivedEvent) -> None:
    """The capital's applier: the words join the ledger beside their hits, and the counts."""
    told = Abandoned.model_validate(event.payload)
    require_own_post(event, told.post)
    ledger.record(session, SUBJECT, told.session_id, told.checks)
    count_abandoned(session, told)
