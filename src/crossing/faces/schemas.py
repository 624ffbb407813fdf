"""What other rooms and the API are told about faces. No pixels and no vectors."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crossing.faces.words import CUES, HINTS, SUPPORT, TROUBLES
from crossing.platform.errors import DomainError

Translate = Callable[[str], str]


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
    sharpness 0 and up, brightness and contrast 0 to 255, both of the aligned face. ``evenness``: the darker half's
    share of the brighter half's light, 0 to 1; ``burnt``: the share of the face that is plain white. ``eyes_open``:
    how often an open eye was found, 2 and more over two open eyes; ``eyes_shade``: the eyes' brightness beside that
    of the cheeks. ``background_busy`` and ``background_uneven`` in grey values, within small parts of the background
    and over all of it. None is what was not measured: of a printed portrait, or with too little in the picture.
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
    evenness: float = 1.0
    burnt: float = 0.0
    eyes_open: int | None = None
    eyes_shade: float | None = None
    background_busy: float | None = None
    background_uneven: float | None = None

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


class EngineState(StrEnum):
    """What the machine does about its templates.

    ``SERVING``: the wanted engine serves and every picture has a template. ``ENROLLING``: the engine that serves
    lacks templates, so that searches over them say that they were not made. ``PREPARING``: templates of the wanted
    engine are made while another one serves. ``HELD``: the wanted engine finds no face in too many pictures that
    the serving one knows; it does not take over before a person has looked. ``UNAVAILABLE``: no engine could be
    opened; faces are kept and not compared.
    """

    SERVING = "serving"
    ENROLLING = "enrolling"
    PREPARING = "preparing"
    HELD = "held"
    UNAVAILABLE = "unavailable"


class FailedPicture(StrEnum):
    """Why a stored picture gave no template."""

    NO_FACE = "no_face"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    ENGINE_FAILED = "engine_failed"


class EngineName(_Frozen):
    """What every template of one engine carries."""

    engine: str
    version: str
    calibration: str


class EngineTrouble(_Frozen):
    """Why the engine that the settings name, ``engine``, does not serve as they want it.

    ``code`` is the domain error's, a key of ``words.TROUBLES``, and ``params`` fill its sentence: names of files and
    engines, and no path of the machine. ``message`` is that sentence in English.
    """

    engine: str
    code: str
    params: dict[str, str | int | float]
    message: str

    @classmethod
    def of(cls, engine: str, error: DomainError) -> Self:
        return cls(engine=engine, code=error.code, params=error.params, message=str(error))

    def text(self, translate: Translate = str) -> str:
        """The sentence, in English unless ``translate`` (a catalogue's ``gettext``) is given."""
        return translate(TROUBLES[self.code]).format_map(self.params)


class EngineStatus(_Frozen):
    """Which face engine serves since when, and how far the templates are. Counts are of pictures.

    ``total``, ``made``, ``waiting`` and ``failed`` (by reason) are of the engine whose templates are being made:
    ``wanted`` while preparing, else ``serving``. ``seconds_left`` is an estimate from the pace so far, None where
    nothing waits or too little is known. ``started`` is when this process began on it.

    ``trouble``: the settings can't be followed. ``wanted`` is None where it can't be opened; another engine serves
    then, and ``serving`` and ``since`` are None where none does.
    """

    state: EngineState
    serving: EngineName | None
    since: AwareDatetime | None
    wanted: EngineName | None
    total: int = 0
    made: int = 0
    waiting: int = 0
    failed: dict[FailedPicture, int] = Field(default_factory=dict)
    started: AwareDatetime | None = None
    seconds_left: float | None = None
    trouble: EngineTrouble | None = None
