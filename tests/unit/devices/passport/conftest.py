"""A passport, and the card in it."""

import pytest

from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.personalise import (
    ChipOptions,
    Passport,
)
from tests.unit.devices.passport.travellers import passport_of


@pytest.fixture(scope="module")
def passport() -> Passport:
    return passport_of(options=ChipOptions(fingers=True))


@pytest.fixture
def card(passport: Passport) -> Card:
    return Card(passport)
