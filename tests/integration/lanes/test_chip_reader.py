"""A virtual passport on the real agent's reader: opened by what the page said, read over the wire, judged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from crossing.documents.chip.results import Verdict
from crossing.lanes.schemas import ChipState, FieldSource, ImageKind
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason
from crossing_devices.simulated.passport.counterfeits import cloned
from crossing_devices.simulated.passport.personalise import Passport
from crossing_devices.simulated.passport.timing import Timing
from crossing_devices.simulated.passport.vpcd import Field
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.factories.chip_readers import READER, ChipReaderAgent, chip_reader_agent
from tests.factories.waiting import wait_until
from tests.integration.lanes.chip_lane import OUSMANE, check, chip_at, misread, read, scanned
from tests.integration.lanes.chips import passport_of
from tests.integration.lanes.world import Prepared, World, copied, post_in

SOMEWHAT_SLOW: Final = Timing(command_ms=15)
"""As a contactless chip: a reading takes long enough to be looked at."""


@pytest.fixture(scope="module")
def passport() -> Passport:
    """His, whose chip speaks PACE and proves with two keys that it is no copy."""
    return passport_of(OUSMANE)


@pytest.fixture(scope="module")
def agent() -> Iterator[ChipReaderAgent]:
    with chip_reader_agent() as running:
        yield running


@pytest.fixture
def field(agent: ChipReaderAgent) -> Iterator[Field]:
    with agent.field(SOMEWHAT_SLOW) as running:
        yield running


@pytest.fixture
def lane(prepared: Prepared, tmp_path: Path, agent: ChipReaderAgent) -> Iterator[World]:
    with post_in(copied(prepared, tmp_path / "post"), prepared.lanes, agent=agent.agent_port) as world:
        world.equip(chip_device=READER)
        yield world


def test_the_mrz_opens_it_and_it_is_read_judged_and_believed(lane: World, field: Field, passport: Passport) -> None:
    field.insert(passport)
    session_id = scanned(lane)
    steps: set[str] = set()

    def done() -> bool:
        chip = chip_at(lane, session_id)
        steps.add(chip.step)
        return chip.state is ChipState.READ

    wait_until(done, what="the chip", passes=True)
    view = read(lane, session_id)

    assert view.chip is not None
    assert view.chip.access == "pace_gm"
    held = {one.name for one in view.chip.results if one.verdict is Verdict.VERIFIED}
    assert held >= {"sod", "signature", "chain", "active_authentication", "chip_authentication", "dg1", "dg2"}
    assert check(view).outcome is CheckOutcome.CLEAR
    assert check(view, CheckKind.FACE_MATCH).source == "chip"
    assert len(steps - {"", "access"}) >= 2, "its progress was seen"
    movement = lane.decide(session_id)
    assert movement.images.chip == view.images[ImageKind.CHIP]


def test_a_wrong_key_does_not_open_it_and_the_printed_number_does(
    lane: World, field: Field, passport: Passport
) -> None:
    field.insert(passport)
    session_id = scanned(lane, misread())
    refused = read(lane, session_id)
    assert check(refused).reason is Reason.CHIP_REFUSED

    lane.pipeline.read_chip(session_id, can=passport.options.can, officer="a.traore")
    view = read(lane, session_id)
    assert view.person is not None
    assert (view.person.birth_date, view.field_sources["birth_date"]) == ("1987-05-14", FieldSource.CHIP)
    assert check(view).outcome is CheckOutcome.CLEAR


def test_one_that_is_taken_away_in_the_middle_is_said_and_can_be_read_again(
    lane: World, field: Field, passport: Passport
) -> None:
    field.insert(passport)
    field.faults.set(FaultOrder(fault=Fault.VANISH, times=1))
    session_id = scanned(lane)
    lost = read(lane, session_id)
    assert check(lost).reason is Reason.CHIP_LOST

    field.faults.set(None)
    field.insert(passport)
    lane.pipeline.read_chip(session_id, officer="a.traore")
    assert check(read(lane, session_id)).outcome is CheckOutcome.CLEAR


def test_a_copy_has_all_the_data_and_is_believed_nothing(lane: World, field: Field, passport: Passport) -> None:
    field.insert(cloned(passport))
    view = read(lane, scanned(lane))

    assert check(view).outcome is CheckOutcome.POSSIBLE
    assert any(hit.must_verify for hit in check(view).hits)
    assert chip_at(lane, view.session_id).changed == ()
    assert check(view, CheckKind.FACE_MATCH).source == "page"


def test_without_a_document_on_the_reader_it_is_said_that_there_was_no_chip(lane: World, field: Field) -> None:
    assert not field.connected
    view = read(lane, scanned(lane))
    assert check(view).reason is Reason.NO_CHIP
