"""Signs of fraud that a document shows: what the officer types afterwards does not take them off it."""

from datetime import date
from uuid import UUID

import pytest

from crossing.documents.dates import PartialDate
from crossing.lanes.examination import Pictures
from crossing.lanes.schemas import FieldSource, Identity, MrzLines
from crossing.movements.schemas import CrossingCase, TravelDocument
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult
from tests.integration.lanes.drawn import AMINATA, Traveller, page
from tests.integration.lanes.world import OFFICER, World

TOO_LONG = Traveller("TRAORE", "AMINATA", "A4G7K29B1", face=1, expires=PartialDate(2049, 1, 31))
"""Her passport is valid for eighteen years: no State issues one."""


def corrected(world: World, session_id: UUID, *, expiry: date) -> CheckResult:
    """F4: the officer types another date of expiry; gives the validity that counts then."""
    view = world.view(session_id)
    assert view.person is not None
    assert view.document is not None
    identity = Identity(
        case=CrossingCase.DOCUMENT,
        person=view.person,
        document=TravelDocument(**(view.document.model_dump() | {"expiry_date": expiry})),
    )
    world.pipeline.declare(session_id, identity, source=FieldSource.OFFICER, officer=OFFICER)
    world.settle(session_id)
    return world.check(session_id, CheckKind.DOCUMENT_VALIDITY)


def found(result: CheckResult) -> set[str]:
    return {hit.entry_reference for hit in result.hits if hit.must_verify}


@pytest.fixture(params=["page", "lines"])
def session_id(world: World, request: pytest.FixtureRequest) -> UUID:
    """Her document has been read."""
    opened = world.step_up()
    if request.param == "page":
        world.take(opened, TOO_LONG)
    else:
        world.pipeline.take_lines(opened, MrzLines(lines=TOO_LONG.mrz()), officer=OFFICER)
        world.settle(opened)
    assert found(world.check(opened, CheckKind.DOCUMENT_VALIDITY)) == {"valid_too_long"}
    return opened


def test_one_stands_when_the_officer_corrects_what_was_read(world: World, session_id: UUID) -> None:
    after = corrected(world, session_id, expiry=date(2034, 1, 31))

    assert after.outcome is CheckOutcome.POSSIBLE
    assert found(after) == {"valid_too_long"}
    known = world.decide(session_id).known_at_decision
    (kept,) = (one for one in known.checks if one.kind is CheckKind.DOCUMENT_VALIDITY)
    assert found(kept) == {"valid_too_long"}


def test_one_that_only_the_typed_data_showed_goes_with_them(world: World) -> None:
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    assert found(corrected(world, session_id, expiry=date(2049, 1, 31))) == {"valid_too_long"}
    assert corrected(world, session_id, expiry=date(2034, 1, 31)).outcome is CheckOutcome.CLEAR


def test_what_is_no_sign_of_fraud_is_asked_of_the_typed_data_alone(world: World) -> None:
    session_id = world.step_up()
    expired = Traveller("TRAORE", "AMINATA", "A4G7K29B1", face=1, expires=PartialDate(2030, 1, 31))
    world.take(session_id, expired)
    assert world.check(session_id, CheckKind.DOCUMENT_VALIDITY).outcome is CheckOutcome.POSSIBLE
    assert corrected(world, session_id, expiry=date(2034, 1, 31)).outcome is CheckOutcome.CLEAR


def test_another_page_is_another_question(world: World, session_id: UUID) -> None:
    world.pipeline.take(session_id, Pictures(page=page(AMINATA.mrz(), 1)), officer=OFFICER)
    assert world.check(session_id, CheckKind.DOCUMENT_VALIDITY).outcome is CheckOutcome.CLEAR
    assert corrected(world, session_id, expiry=date(2033, 1, 31)).outcome is CheckOutcome.CLEAR
