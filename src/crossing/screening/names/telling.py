"""The reasons of a judgement, as codes of ``words.EXPLANATIONS`` with their values, in the order of reading aloud."""

from collections.abc import Iterator, Sequence
from math import log10
from typing import Final

from crossing.screening.names.alignment import Alignment, Pair
from crossing.screening.names.comparing import Kind
from crossing.screening.names.evidence import AskedPerson, Evidence, ListedPerson, Rarity
from crossing.screening.names.spelling import Spelling
from crossing.screening.schemas import Explanation

_AGREE: Final = frozenset({Kind.SAME})
_SPELLED: Final = frozenset({Kind.SPELLING, Kind.FAMILY, Kind.UNVOWELLED, Kind.GLUED})
_RARE_BITS: Final = 20.0
_COMMON_BITS: Final = 14.0
_LEAST_BITS: Final = 3.0
_ENOUGH_TO_TELL: Final = 200
"""Of fewer names a count says nothing about how common one is."""


def tell(
    asked: AskedPerson, listed: ListedPerson, alignment: Alignment, evidence: Evidence, *, different: bool
) -> tuple[Explanation, ...]:
    """What agrees, what differs, how telling the name is, and the dates of birth. ``different`` is the decision."""
    return (
        *_parts(asked.name, listed.name, alignment),
        *_left_out(asked.name, listed.name),
        *_order(evidence, different=different),
        *_telling(alignment, evidence),
        *_births(asked, evidence),
    )


def tell_commonness(alignment: Alignment, rarity: Rarity, code: str) -> Iterator[Explanation]:
    """How many there have the rarest part that the two names share; ``code`` says where that is."""
    keys = {
        alignment.name.tokens[pair.mine[0]].key: alignment.name.written[pair.mine[0]]
        for pair in alignment.pairs
        if len(pair.mine) == 1
    }
    total = rarity.total()
    if keys and total >= _ENOUGH_TO_TELL:
        count, word = min((rarity.count(key), word) for key, word in keys.items())
        yield Explanation(code=code, params={"part": _shown([word]), "count": count, "total": total})


def _parts(name: Spelling, listed: Spelling, alignment: Alignment) -> Iterator[Explanation]:
    agreeing = [_written(name, pair.mine) for pair in alignment.pairs if pair.kind in _AGREE and not pair.cut]
    if agreeing:
        yield Explanation(code="parts_agree", params={"parts": _shown(agreeing)})
    for code, kinds in (
        ("parts_spelled", _SPELLED),
        ("parts_akin", {Kind.AKIN}),
        ("parts_initial", {Kind.INITIAL}),
        ("parts_close", {Kind.CLOSE, Kind.OTHER}),
    ):
        pairs = [pair for pair in alignment.pairs if pair.kind in kinds and not pair.cut]
        if pairs:
            yield Explanation(code=code, params={"parts": _both(name, listed, pairs)})
    cut = [pair for pair in alignment.pairs if pair.cut]
    if cut:
        yield Explanation(code="parts_cut", params={"parts": _both(name, listed, cut)})
    yield from _left_over(name, listed, alignment)


def _left_over(name: Spelling, listed: Spelling, alignment: Alignment) -> Iterator[Explanation]:
    mine = _shown([name.written[place] for place in alignment.left_mine])
    theirs = _shown([listed.written[place] for place in alignment.left_theirs])
    if mine and theirs:
        yield Explanation(code="parts_differ", params={"mine": mine, "listed": theirs})
    elif mine:
        yield Explanation(code="parts_only_asked", params={"parts": mine})
    elif theirs:
        yield Explanation(code="parts_only_listed", params={"parts": theirs})


def _left_out(*names: Spelling) -> Iterator[Explanation]:
    words = [token.word for name in names for token in name.left_out]
    if words:
        yield Explanation(code="parts_left_out", params={"parts": _shown(words)})


def _order(evidence: Evidence, *, different: bool) -> Iterator[Explanation]:
    if evidence.twins:
        yield Explanation(code="twin_names")
    if evidence.order == "other_order" and not different:
        yield Explanation(code="order_turned")
    elif evidence.order:
        yield Explanation(code=f"order_{evidence.order}")
    if evidence.sexes_differ:
        yield Explanation(code="sexes_of_names_differ")
    if evidence.features["ages"]:
        yield Explanation(code="elder_and_younger")


def _telling(alignment: Alignment, evidence: Evidence) -> Iterator[Explanation]:
    """How many people have the parts that agree; nothing where none does."""
    agreeing = _AGREE | _SPELLED
    bits = sum(
        worth
        for worth, pair in zip(evidence.worth, alignment.pairs, strict=True)
        if pair.kind in agreeing or pair.cut
    )
    if bits >= _RARE_BITS:
        yield Explanation(code="name_telling")
    elif _LEAST_BITS <= bits <= _COMMON_BITS:
        yield Explanation(code="name_common", params={"of": _about(2**bits)})


def _about(number: float) -> int:
    """To one figure: it is an estimate, and should sound like one."""
    figure = int(10.0 ** int(log10(number)))
    return round(number / figure) * figure


def _births(asked: AskedPerson, evidence: Evidence) -> Iterator[Explanation]:
    params: dict[str, str | int] = {} if evidence.birth is None else {"listed": str(evidence.birth)}
    yield Explanation(code=evidence.relation.value, params=params)


def _both(name: Spelling, listed: Spelling, pairs: Sequence[Pair]) -> str:
    return ", ".join(
        f"{_shown([_written(name, pair.mine)])} = {_shown([_written(listed, pair.theirs)])}" for pair in pairs
    )


def _written(name: Spelling, places: Sequence[int]) -> str:
    return " ".join(name.written[place] for place in places)


def _shown(words: Sequence[str]) -> str:
    """As written; but nobody reads aloud what is all in capitals. What can't be seen is left out."""
    seen = (word if word.isprintable() else "".join(filter(str.isprintable, word)) for word in words)
    return ", ".join(word.title() if word.isupper() else word for word in seen)
