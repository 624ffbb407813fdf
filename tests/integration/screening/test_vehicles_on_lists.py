"""A listed vehicle is found with its reasons; a traveller without a vehicle is asked nothing about one."""

import pytest

from crossing.platform.db import Database
from crossing.screening.lists.service import ListService
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject, SubjectVehicle
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import csv_of, list_service, order

STOLEN = {
    "reference": "V-1", "plate": "BO 1234 MD", "country": "MLI", "vin": "1M8GDM9AXKP042788", "make": "Toyota",
    "model": "Hilux", "colour": "white", "reason": "stolen at Kayes", "action": "Hold it.",
}  # fmt: skip
ENDED = {"reference": "V-2", "plate": "AA 1111 MD", "country": "MLI", "expires_on": "2031-02-21"}


@pytest.fixture
def lists(any_database: Database, clock: StandingClock) -> ListService:
    lists = list_service(any_database, clock)
    lists.import_list(order(csv_of(STOLEN, ENDED), code="vehicles", format="national_vehicles"))
    return lists


def answer(lists: ListService, clock: StandingClock, vehicle: SubjectVehicle | None) -> list[CheckResult]:
    screener = Screener(lists=lists, clock=clock)
    try:
        return [one for one in screener.local(Subject(vehicle=vehicle)) if one.kind is CheckKind.VEHICLE_LIST]
    finally:
        screener.close()


@pytest.mark.parametrize(
    ("vehicle", "outcome", "said"),
    [
        (SubjectVehicle(plate="bo1234md", country="MLI"), CheckOutcome.HIT, "plate_same"),
        (SubjectVehicle(plate="B01Z34MD", country="MLI"), CheckOutcome.POSSIBLE, "plate_twin"),
        (SubjectVehicle(plate="BO1234MD"), CheckOutcome.POSSIBLE, "plate_country_unknown"),
        (SubjectVehicle(vin="1M8GDM9AXKP042788"), CheckOutcome.HIT, "vin_same"),
        (SubjectVehicle(vin="1M8GDM9AXKP04278B"), CheckOutcome.POSSIBLE, "vin_check_digit"),
    ],
)
def test_a_listed_vehicle_is_found_with_its_reasons(
    lists: ListService, clock: StandingClock, vehicle: SubjectVehicle, outcome: CheckOutcome, said: str
) -> None:
    [result] = answer(lists, clock, vehicle)
    assert (result.outcome, result.source) == (outcome, "vehicles")
    [hit] = result.hits
    assert said in {one.code for one in hit.explanations}
    assert "stolen at Kayes" in " ".join(hit.reasons())
    assert (hit.label, hit.action) == ("MLI BO 1234 MD Toyota Hilux white", "Hold it.")


@pytest.mark.parametrize(
    "vehicle",
    [SubjectVehicle(plate="BO1234MD", country="BFA"), SubjectVehicle(plate="AA1111MD", country="MLI")],
    ids=["another State's", "an entry that has ended"],
)
def test_others_are_clear(lists: ListService, clock: StandingClock, vehicle: SubjectVehicle) -> None:
    [result] = answer(lists, clock, vehicle)
    assert result.outcome is CheckOutcome.CLEAR


def test_a_list_that_is_too_old_clears_no_vehicle(lists: ListService, clock: StandingClock) -> None:
    clock.advance(days=60)
    [result] = answer(lists, clock, SubjectVehicle(plate="ZZ9", country="MLI"))
    assert (result.outcome, result.reason) == (CheckOutcome.NOT_CHECKED, Reason.LIST_EXPIRED)


def test_who_walks_is_asked_nothing(lists: ListService, clock: StandingClock) -> None:
    assert answer(lists, clock, None) == []


def test_a_new_version_takes_the_place_of_the_old(lists: ListService, clock: StandingClock) -> None:
    lists.import_list(order(csv_of(ENDED | {"expires_on": ""}), code="vehicles", format=None))
    assert answer(lists, clock, SubjectVehicle(plate="BO1234MD", country="MLI"))[0].outcome is CheckOutcome.CLEAR
    assert answer(lists, clock, SubjectVehicle(plate="AA1111MD", country="MLI"))[0].outcome is CheckOutcome.HIT
