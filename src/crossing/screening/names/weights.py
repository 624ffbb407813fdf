"""How much each piece of evidence weighs, in logits."""

from types import MappingProxyType
from typing import Final

WEIGHTS: Final = MappingProxyType(
    {
        "bias": 2.2,
        "deficit": -9.0,
        "worst": -5.0,
        "against": -3.5,
        "beside": -0.5,
        "single": -2.5,
        "bits": 0.4,
        "akin": -0.2,
        "close": -0.5,
        "initial": -0.3,
        "twins": -2.0,
        "told_apart": -2.0,
        "sexes": -2.5,
        "father_son": -5.0,
        "other_order": -2.0,
        "own_missing": -2.0,
        "ages": -2.0,
        "birth_same": 2.5,
        "birth_swapped": 1.5,
        "birth_year_same": 1.0,
        "birth_placeholder": 1.0,
        "birth_near": -1.0,
        "birth_one_part_off": 0.8,
        "birth_slip": 0.0,
        "birth_unknown": 0.0,
        "birth_differs": -5.0,
        "slip_by_two": -1.0,
        "vague_and_common": -0.8,
        "slip_and_common": -1.0,
        "undated_and_common": -1.0,
        "years_apart": -2.0,
        "nations": 0.7,
    }
)
