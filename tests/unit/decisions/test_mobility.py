"""Which regime lets a traveller in, and until when: by nationality, by the post's State, and by the date."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.decisions.mobility import Entrant, MobilityRules, built_in_rules

RULES = built_in_rules()

BEFORE_AES, AES = date(2025, 1, 28), date(2025, 1, 29)
BEFORE_CEMAC, CEMAC = date(2017, 10, 30), date(2017, 10, 31)
TODAY = date(2026, 11, 22)

ECOWAS = ["BEN", "BFA", "CIV", "CPV", "GHA", "GIN", "GMB", "GNB", "LBR", "MLI", "NER", "NGA", "SEN", "SLE", "TGO"]


@pytest.mark.parametrize(
    ("nationality", "state", "day", "resident", "regime", "days"),
    [
        # Nationals come home whatever the day, and stay.
        ("MLI", "MLI", TODAY, False, "national", None),
        ("MLI", "MLI", BEFORE_AES, True, "national", None),
        ("UTO", "UTO", date(1999, 1, 1), False, "national", None),
        # The Confederation of Sahel States: only among its three, only from its day on.
        ("MLI", "BFA", AES, False, "aes_free_movement", 90),
        ("NER", "MLI", TODAY, False, "aes_free_movement", 90),
        ("MLI", "BFA", BEFORE_AES, False, "ecowas_free_movement", 90),
        ("NER", "MLI", date(2010, 6, 1), False, "ecowas_free_movement", 90),
        # ECOWAS: between its members, and between them and those who left.
        ("GHA", "TGO", TODAY, False, "ecowas_free_movement", 90),
        ("NGA", "NER", TODAY, False, "ecowas_free_movement", 90),
        ("BFA", "CIV", TODAY, False, "ecowas_free_movement", 90),
        ("SEN", "MLI", BEFORE_AES, False, "ecowas_free_movement", 90),
        # CEMAC: from the day it was in force everywhere.
        ("CMR", "TCD", CEMAC, False, "cemac_free_movement", 90),
        ("GAB", "CMR", TODAY, False, "cemac_free_movement", 90),
        ("CMR", "TCD", BEFORE_CEMAC, False, "visitor", 30),
        # A community ends at its border: Niger is in one, Chad in the other.
        ("NER", "TCD", TODAY, False, "visitor", 30),
        ("TCD", "NER", TODAY, False, "visitor", 30),
        ("MRT", "MLI", TODAY, False, "visitor", 30),
        ("FRA", "MLI", TODAY, False, "visitor", 30),
        # Who lives at the border, whatever the passport says, except at home.
        ("TCD", "NER", TODAY, True, "border_resident", 3),
        (None, "NER", TODAY, True, "border_resident", 3),
        ("MLI", "BFA", TODAY, True, "border_resident", 3),
        # Who cannot say, and who has no State (XXA: stateless, Doc 9303-3).
        (None, "MLI", TODAY, False, "visitor", 30),
        ("XXA", "MLI", TODAY, False, "visitor", 30),
    ],
)
def test_the_regime(
    nationality: str | None, state: str, day: date, resident: bool, regime: str, days: int | None
) -> None:
    stay = RULES.stay_for(Entrant(nationality=nationality, state=state, day=day, border_resident=resident))
    assert (stay.regime, stay.days) == (regime, days)
    assert stay.until == (day + timedelta(days=days) if days is not None else None)


@pytest.mark.parametrize("nationality", ECOWAS)
@pytest.mark.parametrize("state", ECOWAS)
def test_ninety_days_between_any_two_of_the_fifteen(nationality: str, state: str) -> None:
    stay = RULES.stay_for(Entrant(nationality=nationality, state=state, day=TODAY))
    assert stay.days == (None if nationality == state else 90)


@given(
    nationality=st.none() | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=3),
    state=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3),
    day=st.dates(date(1950, 1, 1), date(2199, 12, 31)),
    resident=st.booleans(),
)
def test_there_is_always_a_regime_and_no_stay_ends_before_it_begins(
    nationality: str | None, state: str, day: date, resident: bool
) -> None:
    stay = RULES.stay_for(Entrant(nationality=nationality, state=state, day=day, border_resident=resident))
    assert stay.regime
    assert stay.until is None or stay.until > day


def test_rules_are_data_and_are_tried_in_their_order() -> None:
    rules = MobilityRules(
        {
            "version": "test",
            "groups": {"PAIR": ["AAA", "BBB"]},
            "rules": [
                {"regime": "pair", "group": "PAIR", "from": "2030-01-01", "days": 10},
                {"regime": "everybody", "days": 1},
            ],
        }
    )
    assert rules.version == "test"
    for day, regime in ((date(2029, 12, 31), "everybody"), (date(2030, 1, 1), "pair")):
        assert rules.stay_for(Entrant(nationality="AAA", state="BBB", day=day)).regime == regime
