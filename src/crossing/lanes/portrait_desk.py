"""Where an officer says why a traveller has no portrait as it should be. It never keeps anyone from registration."""

from uuid import UUID

from sqlalchemy.orm import Session

from crossing.lanes import repository
from crossing.lanes.errors import ExceptionUnexplained
from crossing.lanes.events import SUBJECT
from crossing.lanes.models import CaptureSession
from crossing.lanes.portrait_exceptions import explained_anew
from crossing.lanes.schemas import ExceptionOrder, SessionState
from crossing.lanes.service import Desk
from crossing.lanes.states import Step, after
from crossing.movements.schemas import ExceptionReason, PortraitException
from crossing.platform.clock import Clock
from crossing.screening import ledger


class PortraitDesk:
    """Raises ``StepNotAllowed`` for a session that takes no evidence any more."""

    def __init__(self, *, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    def excuse(self, session: Session, session_id: UUID, order: ExceptionOrder, *, officer: str) -> CaptureSession:
        """Note the exception, with or without a live picture; an earlier one is replaced.

        Raises :class:`ExceptionUnexplained` where neither the reason nor the note says why.
        """
        if order.reason is ExceptionReason.OTHER and not order.note:
            raise ExceptionUnexplained
        noted = PortraitException(reason=order.reason, note=order.note, by=officer, at=self._clock.now())
        return self._put(session, session_id, noted)

    def take_back(self, session: Session, session_id: UUID) -> CaptureSession:
        """There is no exception any more, whether there was one or not."""
        return self._put(session, session_id, None)

    def _put(self, session: Session, session_id: UUID, noted: PortraitException | None) -> CaptureSession:
        row = repository.get(session, session_id)
        after(SessionState(row.state), Step.TAKE_EVIDENCE)
        row.portrait_exception = noted.model_dump(mode="json") if noted else None
        changed = explained_anew(row, ledger.current(session, SUBJECT, session_id))
        if changed:
            self._desk.answer(session, row, changed)
        else:
            self._desk.changed(session, row)
        return row
