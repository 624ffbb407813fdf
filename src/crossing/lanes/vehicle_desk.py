"""Where an officer notes what a traveller crosses in; the lists of vehicles are asked at once, INTERPOL meanwhile."""

from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.lanes import repository
from crossing.lanes.bridge_desk import BridgeDesk, put_vehicle_question
from crossing.lanes.events import SUBJECT
from crossing.lanes.findings import vehicle_asked
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import SessionState
from crossing.lanes.service import Desk
from crossing.lanes.states import Step, after
from crossing.movements.schemas import Vehicle
from crossing.platform.clock import Clock
from crossing.platform.notify import after_commit
from crossing.screening import bridge_mapping, ledger
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.service import Screener

_KINDS: Final = frozenset({CheckKind.VEHICLE_LIST})


class VehicleDesk:
    """Raises ``StepNotAllowed`` for a session that takes no evidence any more."""

    def __init__(self, *, desk: Desk, bridge_desk: BridgeDesk, screener: Screener, clock: Clock) -> None:
        self._desk = desk
        self._bridge_desk = bridge_desk
        self._screener = screener
        self._clock = clock

    def screen(self, vehicle: Vehicle) -> list[CheckResult]:
        """What the lists of vehicles say. To be asked before a transaction begins: nobody waits for it then."""
        return self._screener.local(Subject(vehicle=vehicle_asked(vehicle)), kinds=_KINDS)

    def note(
        self, session: Session, session_id: UUID, vehicle: Vehicle, results: list[CheckResult], *, officer: str
    ) -> CaptureSession:
        """Note the vehicle and what was found of it; an earlier one is replaced, but its hits stand.

        INTERPOL is asked once this is written."""
        row = self._open(session, session_id)
        row.vehicle = vehicle.model_dump(mode="json")
        question = put_vehicle_question(row, officer=officer)
        self._desk.answer(session, row, results)
        after_commit(session, partial(self._bridge_desk.ask, question))
        return row

    def take_back(self, session: Session, session_id: UUID) -> CaptureSession:
        """There is no vehicle after all. What was found of it stands."""
        row = self._open(session, session_id)
        row.vehicle = None
        self._bridge_desk.forget_vehicle(session, row)
        current = ledger.current(session, SUBJECT, session_id)
        answered = {one.kind for one in current}
        taken_back = [
            *([self._nothing_asked()] if CheckKind.VEHICLE_LIST in answered else ()),
            *([self._interpol_not_asked()] if CheckKind.INTERPOL_SMV in answered else ()),
            *(self._not_asked_there(one) for one in current if one.kind is CheckKind.WATCHLIST_VEHICLE),
        ]
        if taken_back:
            self._desk.answer(session, row, taken_back)
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

    def _not_asked_there(self, said: CheckResult) -> CheckResult:
        """Instead of what a watchlist service said of the vehicle."""
        return CheckResult(
            kind=said.kind,
            outcome=CheckOutcome.NOT_CHECKED,
            reason=Reason.NO_VEHICLE,
            source=said.source,
            source_name=said.source_name,
            performed_at=self._clock.now(),
        )

    def _interpol_not_asked(self) -> CheckResult:
        return bridge_mapping.not_checked(CheckKind.INTERPOL_SMV, Reason.NO_VEHICLE, self._clock.now())
