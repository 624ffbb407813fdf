"""Where an officer notes what a traveller crosses in; the lists of vehicles are asked at once."""

from uuid import UUID

from sqlalchemy.orm import Session

from crossing.lanes import repository
from crossing.lanes.events import SUBJECT
from crossing.lanes.findings import vehicle_asked
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import SessionState
from crossing.lanes.service import Desk
from crossing.lanes.states import Step, after
from crossing.movements.schemas import Vehicle
from crossing.platform.clock import Clock
from crossing.screening import ledger
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.service import Screener

_KINDS = frozenset({CheckKind.VEHICLE_LIST})


class VehicleDesk:
    """Raises ``StepNotAllowed`` for a session that takes no evidence any more."""

    def __init__(self, *, desk: Desk, screener: Screener, clock: Clock) -> None:
        self._desk = desk
        self._screener = screener
        self._clock = clock

    def screen(self, vehicle: Vehicle) -> list[CheckResult]:
        """What the lists of vehicles say. To be asked before a transaction begins: nobody waits for it then."""
        return self._screener.local(Subject(vehicle=vehicle_asked(vehicle)), kinds=_KINDS)

    def note(
        self, session: Session, session_id: UUID, vehicle: Vehicle, results: list[CheckResult]
    ) -> CaptureSession:
        """Note the vehicle and what was found of it; an earlier one is replaced, but its hits stand."""
        row = self._open(session, session_id)
        row.vehicle = vehicle.model_dump(mode="json")
        self._desk.answer(session, row, results)
        return row

    def take_back(self, session: Session, session_id: UUID) -> CaptureSession:
        """There is no vehicle after all. What was found of it stands."""
        row = self._open(session, session_id)
        row.vehicle = None
        asked = any(one.kind is CheckKind.VEHICLE_LIST for one in ledger.current(session, SUBJECT, session_id))
        if asked:
            self._desk.answer(session, row, [self._nothing_asked()])
        else:
            self._desk.changed(session, row)
        return row

    def _open(self, session: Session, session_id: UUID) -> CaptureSession:
        row = repository.get(session, session_id)
        after(SessionState(row.state), Step.TAKE_EVIDENCE)
        return row

    def _nothing_asked(self) -> CheckResult:
        return CheckResult(
            kind=CheckKind.VEHICLE_LIST,
            outcome=CheckOutcome.NOT_CHECKED,
            reason=Reason.NO_VEHICLE,
            performed_at=self._clock.now(),
        )
