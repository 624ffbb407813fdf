"""A lane with a chip reader: who comes to it, and what its session says once the chip has answered."""

from typing import Final
from uuid import UUID

from crossing.lanes.examination import Pictures
from crossing.lanes.schemas import (
    ChipState,
    ChipView,
    SessionState,
    SessionView,
)
from crossing.screening.schemas import CheckKind, CheckResult
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import Traveller, page
from tests.integration.lanes.world import OFFICER, World

READER: Final = "chip-reader"
OUSMANE: Final = Traveller("SIDIBE", "OUSMANE", "UT4O21907", face=3, nationality="UTO")
AWA: Final = Traveller("KONE", "AWA", "UT5P33018", face=4, nationality="UTO")


def unsure() -> tuple[str, ...]:
    """His lines with a zero for the O of the number: put right by its check digit, and so doubted."""
    names, data = OUSMANE.mrz()
    return names, data.replace("UT4O21907", "UT4021907")


def misread() -> tuple[str, ...]:
    """His lines with a 6 for the 4 of the birthday: its check digit fails, and nothing puts it right."""
    names, data = OUSMANE.mrz()
    assert data[13:19] == "870514"
    return names, data[:13] + "870516" + data[19:]


def scanned(world: World, lines: tuple[str, ...] = OUSMANE.mrz(), *, face: int = 3, live: int = 3) -> UUID:
    session_id = world.step_up()
    world.pipeline.take(session_id, Pictures(page=page(lines, face), live=page((), live)), officer=OFFICER)
    return session_id


def chip_at(world: World, session_id: UUID) -> ChipView:
    found = world.view(session_id).chip
    assert found is not None
    return found


def read(world: World, session_id: UUID) -> SessionView:
    """The session once its chip has answered, and everything that its answer brought with it."""
    wait_until(
        lambda: chip_at(world, session_id).state in (ChipState.READ, ChipState.FAILED), what="an answer of the chip"
    )
    wait_until(lambda: world.view(session_id).state is not SessionState.OPEN, what="the checks asked anew")
    world.settle(session_id)
    return world.view(session_id)


def check(view: SessionView, kind: CheckKind = CheckKind.DOCUMENT_CHIP) -> CheckResult:
    (found,) = (one for one in view.checks if one.kind is kind)
    return found


def signs(result: CheckResult) -> set[str]:
    return {hit.entry_reference for hit in result.hits if hit.must_verify}
