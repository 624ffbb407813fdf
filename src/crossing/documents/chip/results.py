"""What is known of a chip once it was read: verified, failed or not checked, part by part, each with its reason."""

from dataclasses import dataclass, field
from enum import StrEnum

from crossing.documents.mrz import Mrz
from crossing.platform.images import BgrImage
from crossing.ports.chip import AccessProtocol, ChipFile


class Verdict(StrEnum):
    VERIFIED = "verified"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class ChipPart(StrEnum):
    """What is judged beside the data groups. ``SOD``: that it can be read and is of a known form;
    ``SIGNATURE``: of the document signer over the hashes; ``CHAIN``: from the document signer to a trusted CSCA;
    ``REVOCATION``: of the signer; the rest: that the chip is no copy."""

    SOD = "sod"
    SIGNATURE = "signature"
    CHAIN = "chain"
    REVOCATION = "revocation"
    ACTIVE_AUTHENTICATION = "active_authentication"
    CHIP_AUTHENTICATION = "chip_authentication"
    PACE_CAM = "pace_cam"


@dataclass(frozen=True, slots=True)
class PartResult:
    """``reason`` is a code of the room's catalogue (``reasons.py``), empty where ``VERIFIED`` says all; ``detail`` is
    for the log and names no person."""

    verdict: Verdict
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ChipPortrait:
    """The face of DG2: decoded (BGR), and as it was on the chip."""

    image: BgrImage
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class ChipReading:
    """A chip as read and judged. ``fields`` are what DG11 and DG12 say, by their names of Doc 9303-10; ``signer``
    names the document signer's State and serial number, ``trust_version`` the master list that was used."""

    access: AccessProtocol
    data_groups: dict[ChipFile, PartResult]
    parts: dict[ChipPart, PartResult]
    mrz: Mrz | None = None
    portrait: ChipPortrait | None = None
    fields: dict[str, str] = field(default_factory=dict)
    signer: str = ""
    trust_version: str = ""

    @property
    def verdict(self) -> Verdict:
        """FAILED where anything failed; VERIFIED where all data groups that were read, signature and chain hold."""
        results = [*self.data_groups.values(), *self.parts.values()]
        if any(one.verdict is Verdict.FAILED for one in results):
            return Verdict.FAILED
        needed = [self.parts.get(part) for part in (ChipPart.SOD, ChipPart.SIGNATURE, ChipPart.CHAIN)]
        whole = [*needed, *self.data_groups.values()]
        held = all(one is not None and one.verdict is Verdict.VERIFIED for one in whole)
        return Verdict.VERIFIED if held and self.data_groups else Verdict.NOT_CHECKED
