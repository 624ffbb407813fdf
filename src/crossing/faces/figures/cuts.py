"""How the counts of each kind are cut into parts, and which rates are read from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from crossing.faces.figures.schemas import CountOf, FigureKind, RateOf
from crossing.faces.figures.tallies import NOT_JUDGED
from crossing.faces.schemas import Judgement


@dataclass(frozen=True, slots=True)
class Cut:
    """A total cut into parts. ``parent`` names the cut that the total is a part of: who is hidden there is hidden
    here, for the parts add up to the total. ``total`` is shown beside the parts where no other cut shows it.
    """

    name: str
    parts: tuple[CountOf, ...]
    parent: str = ""
    total: CountOf | None = None

    def of(self, counts: Mapping[CountOf, int]) -> tuple[int, ...]:
        return tuple(counts.get(part, 0) for part in self.parts)

    @property
    def shows(self) -> tuple[CountOf, ...]:
        return self.parts if self.total is None else (self.total, *self.parts)


_WORDS: Final = (CountOf.JUDGED_SAME, CountOf.JUDGED_OTHER, CountOf.JUDGED_UNSURE, CountOf.NOT_JUDGED)

_SEARCHES: Final = (
    Cut("all", (CountOf.SEARCHES,)),
    Cut("outcome", (CountOf.NO_CANDIDATE, CountOf.WITH_CANDIDATE), parent="all"),
    # Not a part of the searches, which may have several candidates; yet who is hidden there stays hidden.
    Cut("judged", _WORDS, parent="outcome", total=CountOf.CANDIDATES),
)

CUTS: Final[Mapping[FigureKind, tuple[Cut, ...]]] = MappingProxyType(
    {
        FigureKind.PORTRAIT: (
            Cut("all", (CountOf.CROSSINGS,)),
            Cut("taken", (CountOf.PICTURED, CountOf.EXCEPTED, CountOf.ABSENT), parent="all"),
            Cut("found", (CountOf.ACQUIRED, CountOf.FAILED), parent="taken"),
            Cut("reasons", (CountOf.VEIL, CountOf.INJURY, CountOf.CHILD, CountOf.OTHER_REASON), parent="taken"),
        ),
        FigureKind.FACE_MATCH: (
            Cut("all", (CountOf.COMPARISONS,)),
            Cut("outcome", (CountOf.MATCH, CountOf.RAISED), parent="all"),
            Cut("raised", (CountOf.INCONCLUSIVE, CountOf.NO_MATCH), parent="outcome"),
            Cut("judged", _WORDS, parent="outcome"),
        ),
        FigureKind.FACE_LIST: _SEARCHES,
        FigureKind.FACE_RECENT: _SEARCHES,
    }
)
"""Of each kind, parents first; the first has one part, by which a group is large enough or not."""

_SEARCH_RATES: Final = MappingProxyType(
    {
        RateOf.WITH_CANDIDATE: (CountOf.WITH_CANDIDATE, CountOf.SEARCHES),
        RateOf.CANDIDATES_PER_SEARCH: (CountOf.CANDIDATES, CountOf.SEARCHES),
        RateOf.JUDGED_SAME: (CountOf.JUDGED_SAME, CountOf.CANDIDATES),
        RateOf.JUDGED_OTHER: (CountOf.JUDGED_OTHER, CountOf.CANDIDATES),
    }
)

RATES: Final[Mapping[FigureKind, Mapping[RateOf, tuple[CountOf, CountOf]]]] = MappingProxyType(
    {
        FigureKind.PORTRAIT: MappingProxyType(
            {
                RateOf.FAILURE_TO_ACQUIRE: (CountOf.FAILED, CountOf.PICTURED),
                RateOf.EXCEPTED: (CountOf.EXCEPTED, CountOf.CROSSINGS),
            }
        ),
        FigureKind.FACE_MATCH: MappingProxyType(
            {
                RateOf.RAISED: (CountOf.RAISED, CountOf.COMPARISONS),
                RateOf.INCONCLUSIVE: (CountOf.INCONCLUSIVE, CountOf.COMPARISONS),
                RateOf.NO_MATCH: (CountOf.NO_MATCH, CountOf.COMPARISONS),
                RateOf.FIELD_FALSE_NON_MATCH: (CountOf.JUDGED_SAME, CountOf.COMPARISONS),
                RateOf.JUDGED_SAME: (CountOf.JUDGED_SAME, CountOf.RAISED),
                RateOf.JUDGED_OTHER: (CountOf.JUDGED_OTHER, CountOf.RAISED),
            }
        ),
        FigureKind.FACE_LIST: _SEARCH_RATES,
        FigureKind.FACE_RECENT: _SEARCH_RATES,
    }
)
"""The numerator and the denominator of each rate."""

_SAID: Final[Mapping[str, tuple[CountOf, ...]]] = MappingProxyType(
    {
        "acquired": (CountOf.CROSSINGS, CountOf.PICTURED, CountOf.ACQUIRED),
        "failed": (CountOf.CROSSINGS, CountOf.PICTURED, CountOf.FAILED),
        "absent": (CountOf.CROSSINGS, CountOf.ABSENT),
        "veil": (CountOf.CROSSINGS, CountOf.EXCEPTED, CountOf.VEIL),
        "injury": (CountOf.CROSSINGS, CountOf.EXCEPTED, CountOf.INJURY),
        "child": (CountOf.CROSSINGS, CountOf.EXCEPTED, CountOf.CHILD),
        "other": (CountOf.CROSSINGS, CountOf.EXCEPTED, CountOf.OTHER_REASON),
        "match": (CountOf.COMPARISONS, CountOf.MATCH),
        "inconclusive": (CountOf.COMPARISONS, CountOf.RAISED, CountOf.INCONCLUSIVE),
        "no_match": (CountOf.COMPARISONS, CountOf.RAISED, CountOf.NO_MATCH),
        "no_candidate": (CountOf.SEARCHES, CountOf.NO_CANDIDATE),
        "with_candidate": (CountOf.SEARCHES, CountOf.WITH_CANDIDATE),
        "candidate": (CountOf.CANDIDATES,),
    }
)

_JUDGED: Final[Mapping[str, CountOf]] = MappingProxyType(
    {
        Judgement.SAME.value: CountOf.JUDGED_SAME,
        Judgement.OTHER.value: CountOf.JUDGED_OTHER,
        Judgement.UNSURE.value: CountOf.JUDGED_UNSURE,
        NOT_JUDGED: CountOf.NOT_JUDGED,
    }
)

_ASKED_ABOUT: Final = frozenset({"inconclusive", "no_match", "candidate"})
"""What an officer is asked to judge."""


def counted(said: str, judged: str) -> Iterator[CountOf]:
    """Everything that one tally counts as."""
    yield from _SAID[said]
    if said in _ASKED_ABOUT:
        yield _JUDGED[judged]
