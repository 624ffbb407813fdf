"""Where an officer says of two faces whether they are one person's. A word can be changed until the decision; every
word is kept."""

from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions import repository as referrals
from crossing.decisions.errors import ReferralResolved
from crossing.decisions.face_review import FacePair, Standing
from crossing.decisions.schemas import ReferralState
from crossing.lanes import repository
from crossing.lanes.assembly import face_pairs_of
from crossing.lanes.errors import FaceAnswerOutdated, FaceNoteNeeded, FaceQuestionUnknown
from crossing.lanes.live_pictures import note_asked
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import FaceAnswer
from crossing.lanes.service import Desk
from crossing.lanes.standing import judgements_of
from crossing.lanes.states import UNDECIDED, Step
from crossing.movements.errors import ImageUnknown
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.screening.judgements import clearing_word
from crossing.screening.schemas import CheckKind, FaceJudgement

Line = Literal["first", "second"]


class FaceDesk:
    def __init__(self, *, desk: Desk, blobs: BlobStore, clock: Clock) -> None:
        self._desk = desk
        self._blobs = blobs
        self._clock = clock

    def judge(
        self, session: Session, session_id: UUID, answer: FaceAnswer, *, officer: str, line: Line = "first"
    ) -> CaptureSession:
        """Keep the officer's word. The same word of the same officer twice, as a double click gives it, is one.

        The first line may speak until it calls the second, the second line while its referral is open, of a traveller
        who has gone too. Raises :class:`FaceQuestionUnknown` where these are not two pictures that there are to
        compare, :class:`FaceAnswerOutdated` where more has been said of them than the officer saw, and
        :class:`FaceNoteNeeded` where it takes back without a word why.
        """
        row = repository.get(session, session_id)
        self._step(session, row, line)
        pair = next((one for one in face_pairs_of(session, row) if one.key == _key(answer)), None)
        if pair is None:
            raise FaceQuestionUnknown
        word = FaceJudgement(
            **answer.model_dump(exclude={"words_seen"}),
            score=pair.hit.score,
            support=pair.hit.support,
            by=officer,
            at=self._clock.now(),
            line=line,
        )
        if _says_again(pair, word):
            return row
        if answer.words_seen != len(pair.words):
            raise FaceAnswerOutdated
        if _takes_back(pair, word) and not word.note:
            raise FaceNoteNeeded
        row.judgements = [*(row.judgements or ()), word.model_dump(mode="json")]
        note_asked(row, [word.live_sha256])
        return row

    def _step(self, session: Session, row: CaptureSession, line: Line) -> None:
        if line == "first":
            self._desk.step(session, row, Step.JUDGE)
            return
        if all(call.state != ReferralState.OPEN for call in referrals.of_session(session, row.session_id)):
            raise ReferralResolved
        self._desk.changed(session, row)

    def picture(
        self, session: Session, session_id: UUID, sha256: str, *, line: Line = "first"
    ) -> tuple[CheckKind, bytes]:
        """A picture of a pair of this session, and which check it is of, until the session is closed; for the second
        line, until it has resolved what it was called for. Raises :class:`ImageUnknown`."""
        row = repository.get(session, session_id)
        calls = referrals.of_session(session, session_id) if line == "second" else []
        if row.state not in UNDECIDED and all(call.state == ReferralState.RESOLVED for call in calls):
            raise ImageUnknown
        pairs = [(pair.check.kind, pair.live_sha256, pair.other_sha256) for pair in face_pairs_of(session, row)]
        pairs += [(word.kind, word.live_sha256, word.other_sha256) for word in judgements_of(row)]
        kinds = {picture: kind for kind, *pictures in pairs for picture in pictures}
        if sha256 not in kinds:
            raise ImageUnknown
        return kinds[sha256], self._blobs.get(sha256)


def _key(answer: FaceAnswer) -> tuple[CheckKind, str, str, str, str]:
    return answer.kind, answer.source, answer.reference, answer.live_sha256, answer.other_sha256


def _says_again(pair: FacePair, word: FaceJudgement) -> bool:
    """Whether the last word on the pair is the same: anything between would have been another one."""
    new = {"judged", "note", "by", "line"}
    return bool(pair.words) and pair.words[-1].model_dump(include=new) == word.model_dump(include=new)


def _takes_back(pair: FacePair, word: FaceJudgement) -> bool:
    """Whether the pair was for the second line, and would not be any more."""
    return pair.standing is Standing.STANDS and word.judged is clearing_word(word.kind)
