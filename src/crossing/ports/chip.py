"""What is asked of a chip in a travel document, and what a reader hands over: the files as they are on the chip.

A reader opens the chip, reads and proves that it is no copy; whether what it read is genuine, the post decides
(passive authentication, ICAO Doc 9303-11 section 5.1). So everything here is untrusted evidence.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Base64Bytes, Field, StringConstraints

from crossing.ports._dto import Dto

MEDIA_TYPE: Final = "application/vnd.crossing.emrtd+json"
"""Of a capture whose content is a :class:`ChipDump` as JSON."""

Hex = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2})*$", max_length=65_536)]
Oid = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=64)]


class ChipFile(StrEnum):
    """Files of the eMRTD application (Doc 9303-10 section 4), and the two of the master file."""

    CARD_ACCESS = "card_access"
    CARD_SECURITY = "card_security"
    COM = "com"
    SOD = "sod"
    DG1 = "dg1"
    DG2 = "dg2"
    DG3 = "dg3"
    DG4 = "dg4"
    DG5 = "dg5"
    DG6 = "dg6"
    DG7 = "dg7"
    DG8 = "dg8"
    DG9 = "dg9"
    DG10 = "dg10"
    DG11 = "dg11"
    DG12 = "dg12"
    DG13 = "dg13"
    DG14 = "dg14"
    DG15 = "dg15"
    DG16 = "dg16"


MAX_FILE_BYTES: Final = 512 * 1024
"""No portrait on a chip is near this large; a card that claims more is not read on."""

READ_BY_DEFAULT: Final = (
    ChipFile.COM,
    ChipFile.SOD,
    ChipFile.DG14,
    ChipFile.DG15,
    ChipFile.DG1,
    ChipFile.DG11,
    ChipFile.DG12,
    ChipFile.DG2,
)


class MrzKey(Dto):
    """The parts of the MRZ that open the chip, as the MRZ holds them: with their fillers, without check digits.

    Document number of at least nine characters (long ones of TD1 and TD2 whole), dates YYMMDD. Doc 9303-11 4.3.
    """

    document_number: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9<]{9,30}$")]
    birth_date: Annotated[str, StringConstraints(pattern=r"^[0-9<]{6}$")]
    expiry_date: Annotated[str, StringConstraints(pattern=r"^[0-9<]{6}$")]


class ChipRequest(Dto):
    """``mrz`` or ``can``, the card access number printed on the page (six digits), opens the chip.

    ``challenge`` are the 8 bytes that the chip has to sign (active authentication); the post draws them by lot, so
    that no answer can have been prepared.
    """

    mrz: MrzKey | None = None
    can: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    files: tuple[ChipFile, ...] = READ_BY_DEFAULT
    challenge: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = None


class AccessProtocol(StrEnum):
    """How the chip was opened. ``NONE``: it stood open, or only by PACE's own files."""

    NONE = "none"
    BAC = "bac"
    PACE_GM = "pace_gm"
    PACE_IM = "pace_im"
    PACE_CAM = "pace_cam"


class NotRead(StrEnum):
    """Why a file that was asked for is not there. ``REFUSED``: it needs a right that the reader has not.

    Where a session protects what is said, ``ABSENT`` and ``REFUSED`` are the chip's own word; an answer without
    protection, which anybody may have given, is ``GARBLED``.
    """

    ABSENT = "absent"
    REFUSED = "refused"
    GARBLED = "garbled"
    TOO_LARGE = "too_large"


class Proof(StrEnum):
    """What came of a protocol between reader and chip."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_DONE = "not_done"


class SignedChallenge(Dto):
    """Active authentication (Doc 9303-11 section 6.1): what was asked, and what the chip answered, unjudged."""

    challenge: Hex
    response: Hex


class KeyProof(Dto):
    """A key agreement that only the holder of a private key passes: chip authentication (Doc 9303-11 section 6.2) or
    PACE with chip authentication mapping (4.4.3.5). ``public_key`` is the SubjectPublicKeyInfo that the reader used,
    DER; the post looks whether the signed files (DG14; EF.CardSecurity) name the same."""

    outcome: Proof
    oid: str = ""
    public_key: Hex = ""
    detail: str = ""


class ChipDump(Dto):
    """``access_oid``: of the PACE variant, empty for BAC. ``pace_refused``: the PACE variants that EF.CardAccess
    offers and that the chip, asked for them, did not know; in the order in which they were tried. ``stages`` are
    wall milliseconds of the reader by step, ``card_ms`` what of them the card itself took for ``exchanges`` commands.
    """

    access: AccessProtocol
    access_oid: str = ""
    pace_refused: tuple[Oid, ...] = ()
    files: dict[ChipFile, Base64Bytes]
    not_read: dict[ChipFile, NotRead] = Field(default_factory=dict)
    active_authentication: SignedChallenge | None = None
    chip_authentication: KeyProof | None = None
    pace_cam: KeyProof | None = None
    atr: Hex = ""
    stages: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    card_ms: Annotated[float, Field(ge=0)] = 0.0
    exchanges: Annotated[int, Field(ge=0)] = 0
