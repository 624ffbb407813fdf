"""States as lists write them."""

import pytest

from crossing.screening.countries import same_state, state_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("MLI", "MLI"), ("mli", "MLI"), ("ML", "MLI"), ("Mali", "MLI"), ("D<<", "DEU"), ("Germany", "DEU"),
        ("Democratic Republic of the Congo", "COD"), ("Congo", "COG"), ("Côte d’Ivoire", "CIV"), ("Tchad", "TCD"),
        ("Democratic People's Republic of Korea", "PRK"), ("Iran (Islamic Republic of)", "IRN"),
        ("United Kingdom of Great Britain and Northern Ireland", "GBR"), ("Türkiye", "TUR"), ("Guinea-Bissau", "GNB"),
        ("State of Palestine", "PSE"), ("Burkina Faso", "BFA"), ("UTO", "UTO"), ("XXA", "XXA"), ("RKS", "RKS"),
        ("Malienne", "MLI"), ("ivoirienne", "CIV"), ("Nigérien", "NER"), ("Nigérian", "NGA"), ("Zaïre", "COD"),
        ("Sierra-Léonais", "SLE"), ("Nigerian", "NGA"), ("Guinéen", "GIN"), ("Burkinabè", "BFA"),
        ("former Soviet Union", ""), ("na", ""), ("NA", "NAM"), ("", ""), ("Atlantis", ""),
    ],
)  # fmt: skip
def test_codes(written: str, code: str) -> None:
    # One entry of the UN list says "na" for "not available"; NA in capitals would be Namibia.
    assert state_code(written) == code


def test_a_state_of_several_codes_has_one() -> None:
    assert same_state("D") == same_state("DEU") == "DEU"
