"""How much each piece of evidence weighs, in logits.

Fitted by ``benchmarks/name_weights.py`` to the seen sets of ``benchmarks/names/sets`` and the aliases of the
published UN and OFAC lists, from a prior set by hand. Pairs of those sets have no nationality, and hardly ever a year
that is one off: ``nations`` and ``birth_near`` are set by hand.
"""

from types import MappingProxyType
from typing import Final

WEIGHTS: Final = MappingProxyType(
    {
        "bias": 1.55,
        "deficit": -7.86,
        "worst": -3.08,
        "against": -1.32,
        "beside": 0.74,
        "single": -0.38,
        "bits": 0.56,
        "akin": -0.71,
        "close": -0.70,
        "initial": -0.35,
        "twins": -2.07,
        "told_apart": -2.11,
        "sexes": -1.44,
        "father_son": -5.04,
        "other_order": -2.00,
        "own_missing": -1.93,
        "ages": -2.52,
        "birth_same": 2.25,
        "birth_swapped": 1.55,
        "birth_year_same": 0.48,
        "birth_placeholder": 1.53,
        "birth_near": -0.30,
        "birth_one_part_off": 1.13,
        "birth_slip": -0.53,
        "birth_unknown": 0.17,
        "birth_differs": -5.43,
        "slip_by_two": -0.69,
        "vague_and_common": -1.20,
        "slip_and_common": -1.31,
        "undated_and_common": 0.47,
        "years_apart": -2.23,
        "nations": 0.70,
    }
)
