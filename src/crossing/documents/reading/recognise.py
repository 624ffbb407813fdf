"""Reads straightened lines with the recogniser that RapidOCR ships inside its wheel (PP-OCR, ONNX).

The network knows 18,708 characters. Only the 37 of the MRZ are let through, and their lower-case twins count for
them: a CTC path that may only be an MRZ makes far fewer mistakes than one that is corrected afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from crossing.documents.mrz import ALPHABET
from crossing.documents.reading.onnx import open_model
from crossing.documents.reading.straighten import Strip

LINE_HEIGHT: Final = 48
"""What the network takes, in pixels."""

_MODEL: Final = "PP-OCRv6_rec_small.onnx"
_FILLER_TWINS: Final = "«《〈く"
_UNSEEN: Final = 0
_CROWDED: Final = 0.78
_GAPING: Final = 1.22
"""Bounds of three pitches against their median: one character more or less makes a third."""

_TWINS: Final = ("0O", "1I", "2Z", "5S", "8B")
_TWIN_ROWS: Final = MappingProxyType(
    {ALPHABET.index(one) + 1: ALPHABET.index(other) + 1 for a, b in _TWINS for one, other in ((a, b), (b, a))}
)
"""A digit's output row and its twin letter's, each for the other; row 0 is blank."""

Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line as read: its text, and for each character how sure (0 to 1) and where (0 to 1 along the strip).

    A digit and the letter that looks like it (0 and O, 1 and I) count as one in ``certainty``: the field's place or
    its check digit tells them apart, not the eye.
    """

    text: str
    certainty: tuple[float, ...]
    position: tuple[float, ...]

    @property
    def mean_certainty(self) -> float:
        return sum(self.certainty) / len(self.certainty) if self.certainty else 0.0

    def evenly_spaced(self, upto: int) -> bool:
        """Whether the first ``upto`` characters stand at one pitch, as OCR-B does.

        A gap is a lost character, a crowd is one read twice.
        """
        places = np.array(self.position)
        if len(places) < 8:
            return False
        spans = places[3:] - places[:-3]
        inspected = spans[: max(upto - 3, 0)] / np.median(spans)
        return bool(((inspected > _CROWDED) & (inspected < _GAPING)).all())


class LineRecogniser:
    """The network and the way from its output to MRZ characters. Safe to call from several threads."""

    def __init__(self, *, threads: int) -> None:
        self._session = open_model(_MODEL, threads=threads)
        self._input = self._session.get_inputs()[0].name
        characters = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._classes = _classes(characters)

    def read(self, strips: Sequence[Strip]) -> list[ReadLine]:
        """Reads BGR strips of :data:`LINE_HEIGHT` rows, all in one run of the network."""
        width = max(strip.shape[1] for strip in strips)
        batch = np.zeros((len(strips), 3, LINE_HEIGHT, width), dtype=np.float32)
        for row, strip in zip(batch, strips, strict=True):
            row[:, :, : strip.shape[1]] = strip.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
        scores = self._session.run(None, {self._input: batch})[0]
        return [self._decoded(frames, strip.shape[1] / width) for frames, strip in zip(scores, strips, strict=True)]

    def _decoded(self, frames: Floats32, used: float) -> ReadLine:
        """The best CTC path through blank and the 37 characters; padding behind the strip is not looked at.

        A digit right behind its twin letter, without the blank that parts two characters, is the same character.
        """
        frames = frames[: max(round(len(frames) * used), 1)]
        allowed = np.stack([frames[:, [_UNSEEN]].max(axis=1), *(frames[:, ids].max(axis=1) for ids in self._classes)])
        best = allowed.argmax(axis=0)
        sureness = _with_twins(allowed)
        text: list[str] = []
        certainty: list[float] = []
        position: list[float] = []
        for step, chosen in enumerate(best):
            if chosen == _UNSEEN:
                continue
            sure = float(sureness[chosen, step])
            if step and best[step - 1] in (chosen, _TWIN_ROWS.get(chosen)):
                certainty[-1] = max(certainty[-1], sure)
                continue
            text.append(ALPHABET[chosen - 1])
            certainty.append(sure)
            position.append((step + 0.5) / len(best))
        return ReadLine("".join(text), tuple(certainty), tuple(position))


def _with_twins(allowed: Floats32) -> Floats32:
    """Rows are blank and :data:`ALPHABET`; a digit and its twin letter share what both got."""
    shared = allowed.copy()
    for row, twin in _TWIN_ROWS.items():
        shared[row] = allowed[row] + allowed[twin]
    return shared


def _classes(characters: list[str]) -> list[npt.NDArray[Any]]:
    """For each character of the MRZ, the network's outputs that count as it (output 0 is CTC's blank)."""
    output = {character: number for number, character in enumerate(characters, start=1)}
    twins = {character: (character, character.lower()) for character in ALPHABET} | {"<": ("<", *_FILLER_TWINS)}
    return [np.array(sorted({output[twin] for twin in twins[c] if twin in output})) for c in ALPHABET]
