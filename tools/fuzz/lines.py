"""The parser and the composer of MRZs: any text, broken MRZs, any data.

The first byte of an input chooses: even, the rest is text to parse, in lines; odd, it is data to compose from.
"""

from collections.abc import Iterator
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
    """A document of each format, long numbers, unknown dates, cut names; then data to compose from."""
    for mrz_format in MrzFormat:
        for number, surname in (("L898902C3", "ERIKSSON"), ("D23145890734", "ERIKSSON" * 6), ("1", "O")):
            data = MrzData(
                document_code="V" if mrz_format.name.startswith("MRV") else "P" if mrz_format.name == "TD3" else "I",
                issuing_state="UTO",
                surname=surname,
                given_names="ANNA MARIA",
                document_number=number,
                nationality="UTO",
                birth_date=PartialDate(1974, 8) if number == "1" else PartialDate(1974, 8, 12),
                sex=Sex.FEMALE,
                expiry_date=PartialDate(2032, 4, 15),
            )
            try:
                yield _PARSE + "\n".join(compose(data, mrz_format)).encode()
            except MrzNotComposable:
                continue
    for place, name in enumerate(_OTHER_SCRIPTS):
        parts = ("P", "UTO", name, name, "L898902C3", "UTO")
        yield (
            _COMPOSE
            + bytes([0, place])
            + b"".join(bytes([len(p.encode())]) + p.encode() for p in parts)
            + b"\x4a\x08\x0c"
        )


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
