"""What other rooms and the API are told about faces. No pixels and no vectors."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crossing.faces.words import CUES, HINTS, SUPPORT


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(StrEnum):
    """What the scores say; a person decides. ``INCONCLUSIVE`` asks for a closer look, and is not a match."""

    MATCH = "match"
    NO_MATCH = "no_match"
    INCONCLUSIVE = "inconclusive"


class Judgement(StrEnum):
    """What a person says of two faces shown side by side."""

    SAME = "same"
    OTHER = "other"
    UNSURE = "unsure"


class LivenessCue(_Frozen):
    """Something about the frames that a living face before the camera seldom shows. A cue advises the officer to look
    up; it is no attack detection as ISO/IEC 30107-3 tests it, and it decides nothing."""

    code: str
    measured: float
    limit: float

    @property
    def message(self) -> str:
        """An English sentence, the message id."""
        return CUES[self.code]


class Hint(_Frozen):
    """One thing that could be better about a portrait. It never blocks: the traveller is registered all the same."""

    code: str
    measured: float
    limit: float

    @property
    def message(self) -> str:
        """An English sentence, the message id."""
        return HINTS[self.code]


class Quality(_Frozen):
    """What was measured of a portrait, and what could be better; in the order in which it matters.

    Eye distance in pixels of the picture; angles in degrees, estimated from five points (within about 10);
    sharpness 0 and up, brightness and contrast 0 to 255, both of the aligned face.
    """

    hints: tuple[Hint, ...] = ()
    faces: Annotated[int, Field(ge=1)]
    eye_distance: float
    yaw: float
    pitch: float
    roll: float
    sharpness: float
    brightness: float
    contrast: float

    @property
    def acceptable(self) -> bool:
        return not self.hints

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(hint.code for hint in self.hints)


class Comparison(_Frozen):
    """One face against another. ``fmr`` is the rate at which strangers reach this score.

    ``fmr_worst_group`` is the same for the group that the engine is known to confuse most, None where that was not
    measured. ``threshold`` is the score of a match, ``wanted_fmr`` the rate it was chosen for.
    """

    score: float
    decision: Decision
    threshold: float
    wanted_fmr: float
    fmr: float
    fmr_worst_group: float | None
    support: str
    engine: str
    version: str
    calibration: str
    ms: float

    @property
    def words(self) -> str:
        """How strongly the score speaks: an English sentence, the message id."""
        return SUPPORT[self.support]


class Candidate(_Frozen):
    """Someone in a gallery who may be the person. ``fpir``: how often a search raises a stranger this high."""

    rank: Annotated[int, Field(ge=1)]
    template_id: UUID
    subject_id: UUID
    score: float
    fmr: float
    fpir: float
    support: str

    @property
    def words(self) -> str:
        return SUPPORT[self.support]


class Search(_Frozen):
    """The answer of one gallery: who is above ``threshold``, the most alike first.

    ``gallery_size`` counts templates; ``wanted_fpir`` is the rate that the threshold was chosen for.
    """

    candidates: tuple[Candidate, ...]
    gallery_size: int
    threshold: float
    wanted_fpir: float
    engine: str
    version: str
    calibration: str
    ms: float
