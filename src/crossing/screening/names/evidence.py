"""What speaks for and against two names and dates being one person's, each as a number.

The parts that agree count by how telling they are: two who share *Tiemoko Sangaré-Bathily* share more than two who
share *Mamadou Diallo*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final, NamedTuple, Protocol

from crossing.documents.dates import PartialDate
from crossing.screening.names.agreement import sexes_differ
from crossing.screening.names.alignment import Alignment, Pair
from crossing.screening.names.births import ListedBirth, Relation, compare, digits_apart
from crossing.screening.names.comparing import Kind
from crossing.screening.names.knowledge.lexicon import twin_names
from crossing.screening.names.spelling import ABD, Spelling, Token

COMMON_BITS: Final = 18.0
"""A name less telling than this is borne by several people of any large town."""

COMMONLY: Final = "_common"
"""Ends the names of the weights that a relation of birth dates has for the commonest names."""

IN_PART: Final = "in_part"
SIBLING: Final = "sibling"

_FULL_WEIGHT_BITS: Final = 10.0
_LEAST_WEIGHT: Final = 0.3
_MOST_WEIGHT: Final = 1.15
_LEAST_LEFT: Final = 0.6
_ABD_WEIGHT: Final = 0.15
_SPARE_WEIGHT: Final = 0.25
_INITIAL_BITS: Final = 3.5
_EXTRA_PART_COST: Final = 0.15
_ONE_SAYS_AGE: Final = 0.3
_INITIAL_FITS: Final = 0.95
_ENOUGH_SEEN: Final = 1_000
_THOUSANDS_BITS: Final = 10.0
_MANY_PARTS: Final = 3
_SUPPORTING: Final = frozenset(Relation) - {Relation.UNKNOWN, Relation.NEAR, Relation.SLIP, Relation.DIFFERS}


class Rarity(Protocol):
    """How many have a part with a key: on the list, or among the travellers seen."""

    def count(self, key: str) -> int: ...

    def total(self) -> int: ...


class AskedPerson(NamedTuple):
    """Who is asked about. ``sex`` is M, F or empty; ``truncated``: the name fills its field and may be cut;
    ``approximate``: the birth is about that date."""

    name: Spelling
    birth: PartialDate | None = None
    sex: str = ""
    nationality: str = ""
    truncated: bool = False
    approximate: bool = False


class ListedPerson(NamedTuple):
    """One name of somebody on a list, with every date of birth that the list gives."""

    name: Spelling
    births: Sequence[ListedBirth] = ()
    sex: str = ""
    nationalities: Sequence[str] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """``features`` by name, for the weights; the rest is what the reasons tell.

    ``of_thousands``: all that agrees are names that thousands of the region bear, and no second element agrees.
    ``worth`` has the bits of each pair of the alignment, however alike its parts are. ``apart`` is IN_PART where the
    names agree in too little to be a match, SIBLING where they are rather two of one family's, else empty.
    """

    features: dict[str, float]
    relation: Relation
    birth: ListedBirth | None
    bits: float
    order: str
    sexes_differ: bool
    twins: bool
    of_thousands: bool
    worth: Sequence[float]
    apart: str


def gather(asked: AskedPerson, listed: ListedPerson, alignment: Alignment, rarity: Rarity | None = None) -> Evidence:
    """The evidence on one pair; ``alignment`` is that of the two names."""
    telling = _telling(rarity)
    pairs = alignment.pairs
    worth = [_pair_bits(pair, asked.name, listed.name, telling) for pair in pairs]
    weights = [_weight(pair, bits, asked.name, listed.name) for pair, bits in zip(pairs, worth, strict=True)]
    opposed = bool(alignment.left_mine and alignment.left_theirs)
    mine = sum(_left_weight(asked.name, place, telling, opposed=opposed) for place in alignment.left_mine)
    theirs = sum(_left_weight(listed.name, place, telling, opposed=opposed) for place in alignment.left_theirs)
    against, beside = min(mine, theirs), abs(mine - theirs)
    if (asked.truncated and theirs >= mine) or (listed.truncated and mine >= theirs):
        beside = 0.0
    covered = sum(weights)
    matched = sum(weight * _fit(pair) for weight, pair in zip(weights, pairs, strict=True))
    whole = covered + against + _EXTRA_PART_COST * beside
    bits = sum(some * _firm(pair.likeness) for some, pair in zip(worth, pairs, strict=True))
    order = _order(asked.name, listed.name, alignment)
    relation, birth = compare(asked.birth, listed.births, approximate=asked.approximate)
    sexes = _sexes_differ(asked, listed)
    twins = _are_twins(asked.name, listed.name, alignment)
    kinds = [pair.kind for pair in pairs]
    features = {
        "deficit": 1 - matched / whole if whole else 1.0,
        "worst": 1 - min((pair.likeness for pair in pairs if pair.kind is not Kind.INITIAL), default=0.0),
        "against": against,
        "beside": min(beside, 2.0),
        "single": float(alignment.parts < 2),
        "bits": min(bits, 40.0) / 10,
        "akin": float(Kind.AKIN in kinds),
        "close": float(sum(pair.kind is Kind.CLOSE and not pair.cut for pair in pairs)),
        "initial": float(Kind.INITIAL in kinds),
        "twins": float(twins),
        "told_apart": float(_told_apart(asked.name, listed.name, alignment)),
        "sexes": float(sexes),
        "father_son": float(order == "father_son"),
        "other_order": float(order == "other_order"),
        "own_missing": float(order == "own_missing"),
        "ages": _ages(asked.name.marks.age, listed.name.marks.age),
        **_birth_features(asked.birth, relation, birth, bits),
        "nations": _nations(asked, listed),
    }
    thousands = _of_thousands(asked, listed, pairs, bits, relation)
    apart = _apart(asked, listed, alignment)
    return Evidence(features, relation, birth, bits, order, sexes, twins, thousands, worth, apart)


def _telling(rarity: Rarity | None) -> Callable[[Token], float]:
    """How many bits a part tells: by the tables, or by the list where many there bear it."""
    if rarity is None or rarity.total() < _ENOUGH_SEEN:
        return lambda token: _INITIAL_BITS if len(token.word) == 1 else token.known.bits
    total = rarity.total()

    def bits(token: Token) -> float:
        if len(token.word) == 1:
            return _INITIAL_BITS
        return min(token.known.bits, log2(total / (rarity.count(token.key) + 1)))

    return bits


def _pair_bits(pair: Pair, name: Spelling, listed: Spelling, telling: Callable[[Token], float]) -> float:
    """As telling as the commoner of the two spellings, so that it does not matter who is asked about."""
    if pair.kind is Kind.INITIAL:
        return _INITIAL_BITS
    mine, theirs = _part(name, pair.mine), _part(listed, pair.theirs)
    if ABD in (mine.word, theirs.word):
        return 1.0
    return telling(mine) if mine.word == theirs.word else min(telling(mine), telling(theirs))


def _part(name: Spelling, places: Sequence[int]) -> Token:
    return name.glued[places[0]].token if len(places) == 2 else name.tokens[places[0]]


def _weight(pair: Pair, bits: float, name: Spelling, listed: Spelling) -> float:
    if pair.width == 1:
        mine, theirs = pair.mine[0], pair.theirs[0]
        if ABD in (name.tokens[mine].word, listed.tokens[theirs].word):
            return _ABD_WEIGHT
        if mine in name.marks.spare and theirs in listed.marks.spare:
            return _SPARE_WEIGHT
    return _of_bits(bits)


def _left_weight(name: Spelling, place: int, telling: Callable[[Token], float], *, opposed: bool) -> float:
    """``opposed``: the other name has parts left too, so that an initial here is an initial of none of them."""
    token = name.tokens[place]
    if token.word == ABD:
        return _ABD_WEIGHT
    if place in name.marks.spare:
        return _SPARE_WEIGHT
    if len(token.word) == 1 and not opposed:
        return _LEAST_WEIGHT
    return max(_LEAST_LEFT, _of_bits(telling(token)))


def _fit(pair: Pair) -> float:
    return _INITIAL_FITS if pair.kind is Kind.INITIAL else pair.likeness


def _of_bits(bits: float) -> float:
    return min(_MOST_WEIGHT, max(_LEAST_WEIGHT, 0.4 + 0.6 * bits / _FULL_WEIGHT_BITS))


def _firm(likeness: float) -> float:
    """How much of its worth a part keeps that is not quite the same."""
    return max(0.0, 1 - 3 * (1 - likeness))


def _told_apart(name: Spelling, listed: Spelling, alignment: Alignment) -> bool:
    """Whether both names have a part of their own that is a known name: Hassane here, Housseini there."""
    return any(
        name.tokens[mine].known.by_spelling and listed.tokens[theirs].known.by_spelling
        for mine in alignment.left_mine
        for theirs in alignment.left_theirs
        if mine not in name.marks.spare and theirs not in listed.marks.spare
    )


def _apart(asked: AskedPerson, listed: ListedPerson, alignment: Alignment) -> str:
    """Whether both papers have a part that the other lacks, or one part alone agrees of more."""
    name, theirs = asked.name, listed.name
    if alignment.left_mine and alignment.left_theirs:
        left = _weighty(name, alignment.left_mine, truncated=asked.truncated)
        lacking = _weighty(theirs, alignment.left_theirs, truncated=listed.truncated)
        if left and lacking:
            known = any(name.tokens[place].known.by_spelling for place in left) and any(
                theirs.tokens[place].known.by_spelling for place in lacking
            )
            return SIBLING if known and not _own_of_many(alignment, left, lacking) else IN_PART
    several = len(name.tokens) > 1 or len(theirs.tokens) > 1
    return IN_PART if alignment.parts == 1 and several else ""


def _weighty(name: Spelling, places: Sequence[int], *, truncated: bool) -> list[int]:
    """Those of the parts that no other paper would leave out, and that are whole."""
    last = len(name.tokens) - 1 if truncated else None
    return [place for place in places if place != last and not _is_light(name, place)]


def _own_of_many(alignment: Alignment, left: Sequence[int], lacking: Sequence[int]) -> bool:
    """Of a long chain the own name and all but one agree: a paper may well err in one father, or name another."""
    many = alignment.parts >= _MANY_PARTS and len(left) == len(lacking) == 1
    return many and _first(alignment.name) not in left and _first(alignment.listed) not in lacking


def _of_thousands(
    asked: AskedPerson, listed: ListedPerson, pairs: Sequence[Pair], bits: float, relation: Relation
) -> bool:
    if bits > _THOUSANDS_BITS or _nations(asked, listed) > 0 or relation in _SUPPORTING:
        return False
    return all(
        _is_regional(_part(asked.name, pair.mine)) and _is_regional(_part(listed.name, pair.theirs)) for pair in pairs
    )


def _is_regional(token: Token) -> bool:
    return any(one.regional for one in token.known.memberships)


def _are_twins(name: Spelling, listed: Spelling, alignment: Alignment) -> bool:
    return any(
        twin_names(name.tokens[mine].word, listed.tokens[theirs].word)
        for mine in alignment.left_mine
        for theirs in alignment.left_theirs
    )


def _order(name: Spelling, listed: Spelling, alignment: Alignment) -> str:
    """Where order is meaning: "father_son", "other_order", "own_missing"; empty where it says nothing.

    Mahamat Saleh Abakar is Mahamat, son of Saleh, son of Abakar. Abakar Mahamat Saleh may be he with the last name
    first, or his grandson; Saleh Abakar is his father.
    """
    single = [(pair.mine[0], pair.theirs[0]) for pair in alignment.pairs if pair.width == 1]
    if len(single) < 2 and not alignment.left_mine and not alignment.left_theirs:
        return ""
    if _exchanged(single, name, listed):
        return "father_son"
    single = [
        (mine, theirs)
        for mine, theirs in single
        if _is_own_name(name.tokens[mine]) or _is_own_name(listed.tokens[theirs])
    ]
    if len(single) < max(1, len(alignment.pairs) - 1):
        return ""
    mine_order = [theirs for _, theirs in sorted(single, key=lambda pair: _rank(name, pair[0]))]
    ranks = [_rank(listed, place) for place in mine_order]
    if ranks != sorted(ranks):
        known = bool(name.marks.given_first) or bool(listed.marks.given_first)
        turned = len(ranks) > 1 and any(_turned(ranks, by) == sorted(ranks) for by in (1, -1))
        return "" if known and turned else "other_order"
    if len(single) < len(alignment.pairs) and len(single) < 2:
        return ""
    return "own_missing" if _own_missing(name, listed, alignment, single) else ""


def _exchanged(single: Sequence[tuple[int, int]], name: Spelling, listed: Spelling) -> bool:
    """Whether the one who is called a father on one paper is the child on the other."""
    if not name.marks.fathers or not listed.marks.fathers:
        return False
    own, others = min(name.marks.fathers), min(listed.marks.fathers)
    return any(
        (mine in name.marks.fathers and theirs < others) or (theirs in listed.marks.fathers and mine < own)
        for mine, theirs in single
    )


def _own_missing(name: Spelling, listed: Spelling, alignment: Alignment, single: Sequence[tuple[int, int]]) -> bool:
    if not single or (alignment.left_mine and alignment.left_theirs):
        return False
    if alignment.left_theirs:
        return _first(listed) in alignment.left_theirs and not _is_light(listed, _first(listed))
    return bool(alignment.left_mine) and _first(name) in alignment.left_mine and not _is_light(name, _first(name))


def _first(name: Spelling) -> int:
    return name.marks.given_first[0] if name.marks.given_first else 0


def _is_light(name: Spelling, place: int) -> bool:
    return place in name.marks.spare or name.tokens[place].word == ABD or len(name.tokens[place].word) == 1


def _rank(name: Spelling, place: int) -> int:
    order = name.marks.given_first
    return order.index(place) if order else place


def _turned(ranks: Sequence[int], by: int) -> list[int]:
    return [*ranks[by:], *ranks[:by]]


def _is_own_name(token: Token) -> bool:
    """A name that people are given and pass on as a father's name, as in Chad, Niger and the Sahara."""
    return any(one.use in {"m", "f"} and one.regional for one in token.known.memberships) and not any(
        one.use == "s" for one in token.known.memberships
    )


def _sexes_differ(asked: AskedPerson, listed: ListedPerson) -> bool:
    mine, theirs = asked.sex or _sex_of(asked.name), listed.sex or _sex_of(listed.name)
    return sexes_differ(mine, theirs)


def _sex_of(name: Spelling) -> str:
    """By the particles, or by the names: a woman bears her father's name, a man hardly a woman's."""
    if name.marks.sex:
        return name.marks.sex
    sexes = {token.known.sex for token in name.tokens}
    return "F" if "F" in sexes else "M" if "M" in sexes else ""


def _ages(mine: str, theirs: str) -> float:
    """1 for a junior and a senior, less where only one paper says which."""
    if mine and theirs:
        return float(mine != theirs)
    return _ONE_SAYS_AGE if mine or theirs else 0.0


def _birth_features(
    asked: PartialDate | None, relation: Relation, birth: ListedBirth | None, bits: float
) -> dict[str, float]:
    """Each relation has two weights, for a telling and for a common name; names between the two have a share of each.

    So the relations keep their order for every name, as long as both rows of weights have it.
    """
    common = max(0.0, COMMON_BITS - bits) / COMMON_BITS
    apart = digits_apart(asked, birth) if asked and birth else 0
    slip = relation in {Relation.ONE_PART_OFF, Relation.SLIP}
    return {
        relation.value: 1 - common,
        f"{relation.value}{COMMONLY}": common,
        "slip_by_two": float(slip and apart > 1),
        "years_apart": _years_apart(asked, birth) if relation is Relation.DIFFERS else 0.0,
    }


def _years_apart(asked: PartialDate | None, birth: ListedBirth | None) -> float:
    if asked is None or birth is None:
        return 0.0
    return min(10, abs(asked.year - birth.first.year)) / 10


def _nations(asked: AskedPerson, listed: ListedPerson) -> float:
    if not asked.nationality or not listed.nationalities:
        return 0.0
    return 1.0 if asked.nationality in listed.nationalities else -1.0
