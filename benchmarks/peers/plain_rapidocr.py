"""RapidOCR as it comes: it detects and reads all text of the page, and the lines most like an MRZ are taken.

python -m benchmarks.peers.plain_rapidocr
"""

import unicodedata
from typing import Any, NamedTuple

from rapidocr import RapidOCR

from benchmarks.peers.serving import Answer, serve

LENGTHS = {2: (36, 44), 3: (30,)}
MOST_OFF = 8
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")
ONE_THREAD = {
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class Piece(NamedTuple):
    """A text box: its text and its extent in pixels."""

    text: str
    left: float
    top: float
    bottom: float


def main() -> None:
    engine = RapidOCR(params=ONE_THREAD)
    serve(lambda file: _answer(engine(file)))


def _answer(result: Any) -> Answer:
    if result.txts is None:
        return {"documents": [], "sure": None}
    pieces = [
        Piece(text, *_extent(box)) for text, box in zip(result.txts, result.boxes, strict=True)
    ]  # fmt: skip
    lines = best_lines([_written(row) for row in rows(pieces)])
    return {"documents": [lines] if lines else [], "sure": None}


def rows(pieces: list[Piece]) -> list[list[Piece]]:
    """Boxes side by side are one row; rows from top to bottom."""
    found: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda one: one.top + one.bottom):
        middle = (piece.top + piece.bottom) / 2
        if found and found[-1][-1].top < middle < found[-1][-1].bottom:
            found[-1].append(piece)
        else:
            found.append([piece])
    return [sorted(row, key=lambda one: one.left) for row in found]


def best_lines(texts: list[str]) -> list[str]:
    """The two or three neighbours with the most fillers whose lengths are about an MRZ's; empty where none are."""
    candidates = [
        texts[start : start + count]
        for count, lengths in LENGTHS.items()
        for start in range(len(texts) - count + 1)
        for length in lengths
        if all(abs(len(text) - length) <= MOST_OFF for text in texts[start : start + count])
        and any("<<" in text for text in texts[start : start + count])
    ]
    return max(candidates, key=_merit, default=[])


def _merit(lines: list[str]) -> tuple[int, int]:
    """Fillers first; then as near as can be to a length that an MRZ of so many lines has."""
    off = min(sum(abs(len(line) - length) for line in lines) for length in LENGTHS[len(lines)])
    return sum(line.count("<") for line in lines), -off


def _written(row: list[Piece]) -> str:
    """In the MRZ's letters: capitals, no blanks, look-alikes of the filler replaced, all else left out."""
    text = "".join(unicodedata.normalize("NFKC", piece.text.replace("«", "<<")) for piece in row)
    return "".join(letter for letter in text.upper() if letter in LETTERS)


def _extent(box: Any) -> tuple[float, float, float]:
    return float(box[:, 0].min()), float(box[:, 1].min()), float(box[:, 1].max())


if __name__ == "__main__":
    main()
