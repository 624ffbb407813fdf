"""Listed vehicles are found by plate and by VIN, misread ones too, and another State's plate is another vehicle's."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.screening.vehicles import (
    IndexedVehicle,
    VehicleIndex,
    VehicleLikeness,
    VinState,
    check_digit,
    fold_plate,
    tidy_vin,
    vin_state,
)

VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


def vehicle(number: int, *, plate: str = "", country: str = "", vin: str = "") -> IndexedVehicle:
    return IndexedVehicle(UUID(int=number), f"V-{number}", plate, country, vin, "Toyota", "Hilux", "white", "stolen")


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715", "1hgcm82633a004352"])
def test_published_numbers_with_a_fitting_check_digit_are_valid(vin: str) -> None:
    assert vin_state(vin) is VinState.VALID


@pytest.mark.parametrize(
    ("vin", "state"),
    [
        ("1M8GDM9A0KP042788", VinState.UNCHECKED),
        ("WVWZZZ1JZXW000001", VinState.UNCHECKED),
        ("1M8GDM9AXKP04278", VinState.MALFORMED),
        ("", VinState.MALFORMED),
        ("1M8GDM9AXKP042788Z", VinState.MALFORMED),
    ],
)
def test_others_are_told_apart(vin: str, state: VinState) -> None:
    assert vin_state(vin) is state


def test_letters_that_no_vin_holds_are_the_digits_that_they_look_like() -> None:
    assert tidy_vin("IM8-GDM9A XKPO42788") == "1M8GDM9AXKP042788"
    assert vin_state("IM8GDM9AXKPQ42788") is VinState.VALID


@given(st.text(VIN_LETTERS, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(VIN_LETTERS))
def test_one_wrong_character_is_noticed_wherever_its_value_differs(vin: str, place: int, wrong: str) -> None:
    whole = vin[:8] + check_digit(vin) + vin[9:]
    slip = whole[:place] + wrong + whole[place + 1 :]
    assert vin_state(whole) is VinState.VALID
    assert (check_digit(slip) == slip[8]) == (vin_state(slip) is VinState.VALID)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_answered(text: str) -> None:
    index = VehicleIndex([vehicle(1, plate="AB-1234-MD", country="MLI", vin="1M8GDM9AXKP042788")])
    assert len(index.search(plate=text, country=text[:3], vin=text)) <= 1
    assert vin_state(text) in VinState


class TestPlates:
    INDEX = VehicleIndex(
        [
            vehicle(1, plate="BO 1234 MD", country="MLI"),
            vehicle(2, plate="8012-34MD", country="NER"),
            vehicle(3, plate="11 HH 4587"),
        ]
    )

    def test_signs_and_spaces_do_not_count(self) -> None:
        [found] = self.INDEX.search(plate="bo-1234.md", country="MLI")
        assert (found.vehicle.reference, found.likeness) == ("V-1", VehicleLikeness.PLATE_SAME)

    def test_a_misread_plate_is_found_as_a_twin(self) -> None:
        [found] = self.INDEX.search(plate="B01Z34MD", country="MLI")
        assert (found.vehicle.reference, found.likeness) == ("V-1", VehicleLikeness.PLATE_TWIN)

    def test_another_states_plate_is_another_vehicles(self) -> None:
        assert self.INDEX.search(plate="BO1234MD", country="BFA") == []

    def test_where_a_side_does_not_say_the_state_all_are_found_the_same_first(self) -> None:
        found = self.INDEX.search(plate="BO1234MD")
        assert [one.likeness for one in found] == [VehicleLikeness.PLATE_SAME, VehicleLikeness.PLATE_TWIN]
        assert [one.vehicle.reference for one in self.INDEX.search(plate="11HH4587", country="BFA")] == ["V-3"]

    def test_arabic_letters_and_digits_are_read(self) -> None:
        index = VehicleIndex([vehicle(1, plate="١٢٣٤")])
        assert index.search(plate="1234")
        assert fold_plate("١٢٣٤") == "1234"

    def test_no_plate_finds_no_vehicle_without_one(self) -> None:
        assert VehicleIndex([vehicle(1, vin="1M8GDM9AXKP042788")]).search(plate="", vin="") == []


class TestVins:
    INDEX = VehicleIndex([vehicle(1, vin="1M8GDM9AXKP042788"), vehicle(2, plate="A1", vin="WVWZZZ1JZXW000001")])

    def test_the_same_number_is_found(self) -> None:
        [found] = self.INDEX.search(vin="1m8gdm9axkp042788")
        assert found.likeness is VehicleLikeness.VIN_SAME

    def test_a_misread_number_is_found_where_its_check_digit_does_not_fit(self) -> None:
        [found] = self.INDEX.search(vin="1M8GDM9AXKP04278B")
        assert (found.vehicle.reference, found.likeness) == ("V-1", VehicleLikeness.VIN_TWIN)

    def test_a_vehicle_found_by_both_counts_once_by_the_stronger(self) -> None:
        [found] = self.INDEX.search(plate="AI", vin="WVWZZZ1JZXW000001")
        assert found.likeness is VehicleLikeness.VIN_SAME


def test_a_listed_vehicle_is_told_as_it_looks() -> None:
    assert vehicle(1, plate="BO 1234 MD", country="MLI").label == "MLI BO 1234 MD Toyota Hilux white"
