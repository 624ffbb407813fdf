"""How much each piece of evidence weighs, in logits.

Fitted by ``benchmarks/name_weights.py`` to the seen sets of ``benchmarks/names/sets`` and the aliases of the
published UN and OFAC lists, from a prior set by hand, so that agreeing evidence never lowers a score: signs are held,
and so is the order of the relations of birth dates, for telling names and for the commonest (``_common``).
"""

from types import MappingProxyType
from typing import Final

WEIGHTS: Final = MappingProxyType(
    {
        "bias": 1.46,
        "deficit": -7.04,
        "worst": -0.75,
        "against": -0.46,
        "beside": 0.00,
        "single": 0.00,
        "bits": 0.70,
        "akin": -1.16,
        "close": -0.80,
        "initial": -0.37,
        "twins": -2.13,
        "told_apart": -2.75,
        "sexes": -1.04,
        "father_son": -5.16,
        "other_order": -1.81,
        "own_missing": -1.86,
        "ages": -2.88,
        "birth_same": 2.72,
        "birth_same_common": 1.75,
        "birth_swapped": 1.73,
        "birth_swapped_common": 1.40,
        "birth_placeholder": 1.72,
        "birth_placeholder_common": 0.64,
        "birth_year_same": 1.49,
        "birth_year_same_common": 0.63,
        "birth_one_part_off": 1.26,
        "birth_one_part_off_common": -0.43,
        "birth_unknown": -0.12,
        "birth_unknown_common": -0.17,
        "birth_near": -0.35,
        "birth_near_common": -1.53,
        "birth_slip": -0.80,
        "birth_slip_common": -2.78,
        "birth_differs": -5.57,
        "birth_differs_common": -5.63,
        "slip_by_two": -0.42,
        "years_apart": -2.40,
        "nations": 1.00,
    }
)
