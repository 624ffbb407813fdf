"""Whether the State that signed a chip is the one that the MRZ names (Doc 9303-3 section 5, Doc 9303-12, 7.1)."""

from types import MappingProxyType
from typing import Final

from crossing.documents.mrz import ALPHA_2

# Issuers of the MRZ whose signers bear another code than ISO 3166-1 pairs with theirs, or one of several.
_OTHERS: Final = MappingProxyType(
    {
        **{code: {"GB"} for code in ("GBD", "GBN", "GBO", "GBP", "GBS")},
        "CHN": {"CN", "HK", "MO"},
        "HKG": {"HK", "CN"},
        "MAC": {"MO", "CN"},
        "RKS": {"KS", "XK", "RK"},
        "UNK": {"UN", "KS", "XK"},
        "UNO": {"UN", "ZZ"},
        "UNA": {"UN", "ZZ"},
        "EUE": {"EU"},
        "ANT": {"AN", "NL"},
    }
)
_ASSIGNED: Final = frozenset(ALPHA_2.values()) - {"XK"}


def signs_for(country: str, issuing_state: str) -> bool:
    """Whether a signer of ``country`` (two letters) may sign what ``issuing_state`` (of the MRZ) issues.

    Organizations without a code of their own sign with one that ISO 3166-1 gives to no State; which, they choose.
    """
    if issuing_state in _OTHERS:
        return country in _OTHERS[issuing_state]
    if issuing_state in ALPHA_2:
        return country == ALPHA_2[issuing_state]
    return country not in _ASSIGNED
