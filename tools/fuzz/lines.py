"""The parser and the composer of MRZs: any text, broken MRZs, any data.

The first byte of an input chooses: even, the rest is text to parse, in lines; odd, it is data to compose from.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random
from typing import Final

from tools.fuzz.choices import Choices
from tools.fuzz.target import Target, promised

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import (
    ALPHABET,
    FILLER,
    LAYOUTS,
    CheckOutcome,
    Mrz,
    MrzData,
    MrzFormat,
    MrzNotComposable,
    Sex,
    compose,
    parse,
)
from crossing.documents.schemas import MrzView
from crossing.documents.validity import assess

TODAY: Final = date(2026, 3, 1)
LONGEST: Final = 20_000
_PARSE, _COMPOSE = b"\0", b"\1"
_ODD_LETTERS: Final = "«‹≪〈\u00a0\u2028\u0085\x0b\x1cﬀßİıǅ\u0301\ufeffＰ０٠é😀\x00\ud7ff"
_LOOK_ALIKES: Final = "O0DQI1LZ2S5G6B8K<CE"
_OTHER_SCRIPTS: Final = ("Трифонов", "عبد الله", "Ñuñez-Öztürk", "Đặng", "ɓɗɲƴ", "ةّ")
_ENOUGH: Final = 1 << 20
"""Letters of JSON: far more than any document needs."""


def run(data: bytes) -> None:
    if data[:1] and data[0] % 2:
        _compose(Choices(data[1:]))
    else:
        check_parsed(data[1:].decode("utf-8", errors="replace").split("\n"))


def check_parsed(lines: list[str]) -> Mrz:
    """Parses ``lines`` and holds the answer against what the parser promises."""
    mrz = parse(lines, today=TODAY)
    view = MrzView.of(mrz).model_dump_json()
    promised(len(view) <= _ENOUGH + 20 * sum(map(len, lines)), "an answer is about as long as its question")
    assess(mrz, today=TODAY)
    if mrz.format is None:
        promised(not mrz.valid, "what is no MRZ is not valid")
        return mrz
    layout = LAYOUTS[mrz.format]
    promised(len(mrz.lines) == layout.line_count, "as many lines as the format has")
    promised({len(line) for line in mrz.lines} == {layout.line_length}, "lines as long as the format's")
    if mrz.valid:
        promised(CheckOutcome.FAILS not in mrz.checks.values(), "check digits of a valid MRZ hold")
        promised(set("".join(mrz.lines)) <= set(ALPHABET), "a valid MRZ has an MRZ's letters alone")
        again = parse(mrz.lines, today=TODAY)
        promised(again.valid and again.lines == mrz.lines, "a valid MRZ is read again as it is")
    return mrz


def _compose(choices: Choices) -> None:
    mrz_format = list(MrzFormat)[choices.below(len(MrzFormat))]
    data = MrzData(
        document_code=choices.text(4),
        issuing_state=choices.text(4),
        surname=choices.text(80),
        given_names=choices.text(80),
        document_number=choices.text(30),
        nationality=choices.text(4),
        birth_date=_date(choices),
        sex=(*Sex, None)[choices.below(len(Sex) + 1)],
        expiry_date=_date(choices),
        optional_data=choices.text(30),
        optional_data_2=choices.text(15),
        issued_on=_date(choices),
    )
    try:
        lines = compose(data, mrz_format)
    except MrzNotComposable:
        return
    layout = LAYOUTS[mrz_format]
    promised([len(line) for line in lines] == [layout.line_length] * layout.line_count, "the format's lines")
    promised(set("".join(lines)) <= set(ALPHABET), "the MRZ's letters alone")
    check_parsed(list(lines))


def _date(choices: Choices) -> PartialDate | None:
    year, month, day = 1900 + choices.byte(), choices.byte() % 14, choices.byte() % 32
    try:
        return PartialDate(year, month or None, day or None)
    except ValueError:
        return None


def seeds() -> Iterator[bytes]:
    """A document of each format, a long number, an unknown day; then data to compose from, in several scripts."""
    for data, mrz_format in _documents():
        yield _PARSE + "\n".join(compose(data, mrz_format)).encode()
    for place, name in enumerate(_OTHER_SCRIPTS):
        texts = ("P", "UTO", name, name, "L898902C36780", "UTO")
        written = b"".join(bytes([len(text.encode())]) + text.encode() for text in texts)
        yield _COMPOSE + bytes([0, place]) + written + b"\x4a\x08\x0c"


def _documents() -> Iterator[tuple[MrzData, MrzFormat]]:
    passport = MrzData(
        document_code="P",
        issuing_state="UTO",
        surname="ERIKSSON",
        given_names="ANNA MARIA",
        document_number="L898902C3",
        nationality="UTO",
        birth_date=PartialDate(1974, 8, 12),
        sex=Sex.FEMALE,
        expiry_date=PartialDate(2032, 4, 15),
        optional_data="ZE184226B",
    )
    yield passport, MrzFormat.TD3
    yield replace(passport, surname="ERIKSSON " * 6, birth_date=PartialDate(1974, 8)), MrzFormat.TD3
    yield replace(passport, document_code="V", optional_data=""), MrzFormat.MRV_A
    yield replace(passport, document_code="V", optional_data=""), MrzFormat.MRV_B
    card = replace(passport, document_code="I", optional_data="")
    yield card, MrzFormat.TD1
    yield card, MrzFormat.TD2
    yield replace(card, document_number="D23145890734", optional_data="AB12"), MrzFormat.TD1
    yield replace(card, document_number="D2314589073"), MrzFormat.TD2
    yield replace(card, document_code="AC", birth_date=None, sex=Sex.UNSPECIFIED), MrzFormat.TD1
    french = replace(card, document_code="ID", issuing_state="FRA", nationality="FRA", expiry_date=None)
    yield replace(french, document_number="191175500123", issued_on=PartialDate(2019, 11)), MrzFormat.FRENCH_ID


def mutate(data: bytes, rng: Random) -> bytes:
    """As readers, typists and attackers break lines: a letter, a run of fillers, a line, a blow-up."""
    text = data[1:].decode("utf-8", errors="replace")
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        text = _CHANGES[rng.randrange(len(_CHANGES))](text, rng)
    kind = data[:1] if rng.random() < 0.97 else bytes([rng.randrange(256)])
    return (kind or _PARSE) + text.encode("utf-8", errors="replace")[: LONGEST - 1]


def _replaced(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(ALPHABET + _LOOK_ALIKES * 2) + text[at + 1 :]


def _inserted(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(ALPHABET + _ODD_LETTERS + FILLER * 20 + " \t\r\n") + text[at:]


def _left_out(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + rng.choice((1, 1, 1, 2, 5, 20)) :]


def _fillers(text: str, rng: Random) -> str:
    """Runs of fillers lost or doubled, as readers do."""
    at = text.find(FILLER, rng.randrange(len(text) + 1))
    return text[:at] + FILLER * rng.randrange(12) + text[at + rng.randrange(6) :]


def _moved_lines(text: str, rng: Random) -> str:
    lines = text.split("\n")
    rng.shuffle(lines)
    return rng.choice(("\n", "\n", "", "\n\n", "\r\n")).join(lines[: rng.randrange(1, 5)] + lines[: rng.randrange(2)])


def _blown_up(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(ALPHABET + _ODD_LETTERS + "\n") * rng.choice((3, 30, 90, 300, 4000)) + text[at:]


def _respelled(text: str, rng: Random) -> str:
    return rng.choice((str.lower, str.title, str.swapcase, str.strip))(text)


_CHANGES: Final = (
    _replaced,
    _replaced,
    _replaced,
    _inserted,
    _left_out,
    _fillers,
    _fillers,
    _moved_lines,
    _respelled,
    _blown_up,
)

PARSER: Final = Target("parser", run, mutate, seeds, longest=LONGEST, hang_s=2.0, memory_mb=600)
