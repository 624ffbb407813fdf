"""Where an officer says of two faces whether they are one person's. A word can be changed until the decision; every
word is kept."""

from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions.face_review import FacePair
from crossing.lanes import repository
from crossing.lanes.assembly import face_pairs_of
from crossing.lanes.errors import FaceQuestionUnknown
from crossing.lanes.live_pictures import note_asked
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import FaceAnswer
from crossing.lanes.service import Desk
from crossing.lanes.standing import judgements_of
from crossing.lanes.states import UNDECIDED, Step
from crossing.movements.errors import ImageUnknown
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.screening.schemas import CheckKind, FaceJudgement


class FaceDesk:
    def __init__(self, *, desk: Desk, blobs: BlobStore, clock: Clock) -> None:
        self._desk = desk
        self._blobs = blobs
        self._clock = clock

    def judge(self, session: Session, session_id: UUID, answer: FaceAnswer, *, officer: str) -> CaptureSession:
        """Keep the officer's word. The same word of the same officer twice, as a double click gives it, is one.

        Raises :class:`FaceQuestionUnknown` where the two pictures are no longer what there is to compare.
        """
        row = repository.get(session, session_id)
        self._desk.step(session, row, Step.JUDGE)
        pair = next((one for one in face_pairs_of(session, row) if _asks(one, answer)), None)
        if pair is None:
            raise FaceQuestionUnknown
        word = FaceJudgement(
            kind=answer.kind,
            source=answer.source,
            reference=answer.reference,
            live_sha256=pair.live_sha256,
            other_sha256=pair.other_sha256,
            judged=answer.judged,
            note=answer.note,
            score=pair.hit.score,
            support=pair.hit.support,
            by=officer,
            at=self._clock.now(),
        )
        if not _says_again(judgements_of(row), word):
            row.judgements = [*(row.judgements or ()), word.model_dump(mode="json")]
            note_asked(row, [word.live_sha256])
        return row

    def picture(self, session: Session, session_id: UUID, sha256: str) -> tuple[CheckKind, bytes]:
        """A picture of a pair of this session, and which check it is of, until the session is closed.

        Raises :class:`ImageUnknown`.
        """
        row = repository.get(session, session_id)
        if row.state not in UNDECIDED:
            raise ImageUnknown
        pairs = [(pair.check.kind, pair.live_sha256, pair.other_sha256) for pair in face_pairs_of(session, row)]
        pairs += [(word.kind, word.live_sha256, word.other_sha256) for word in judgements_of(row)]
        kinds = {picture: kind for kind, *pictures in pairs for picture in pictures}
        if sha256 not in kinds:
            raise ImageUnknown
        return kinds[sha256], self._blobs.get(sha256)


def _asks(pair: FacePair, answer: FaceAnswer) -> bool:
    return (
        pair.check.kind,
        pair.check.source,
        pair.hit.entry_reference,
        pair.live_sha256,
        pair.other_sha256,
    ) == (answer.kind, answer.source, answer.reference, answer.live_sha256, answer.other_sha256)


def _says_again(said: tuple[FaceJudgement, ...], word: FaceJudgement) -> bool:
    """Whether the last word on the pair is the same: anything between would have been another one."""
    pair = {"kind", "source", "reference", "live_sha256", "other_sha256"}
    words = [one for one in said if one.model_dump(include=pair) == word.model_dump(include=pair)]
    new = {"judged", "note", "by"}
    return bool(words) and words[-1].model_dump(include=new) == word.model_dump(include=new)
