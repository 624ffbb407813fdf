"""What is known of a chip once it was read: verified, failed or not checked, part by part, each with its reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from crossing.documents.chip.reasons import Reason
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
    ``REVOCATION``: of the signer; then three proofs that the chip is no copy; ``ACCESS``: that it was opened in the
    way that its signed data announce."""

    SOD = "sod"
    SIGNATURE = "signature"
    CHAIN = "chain"
    REVOCATION = "revocation"
    ACTIVE_AUTHENTICATION = "active_authentication"
    CHIP_AUTHENTICATION = "chip_authentication"
    PACE_CAM = "pace_cam"
    ACCESS = "access"


COPY_PROTECTION: Final = (ChipPart.ACTIVE_AUTHENTICATION, ChipPart.CHIP_AUTHENTICATION, ChipPart.PACE_CAM)
_DECISIVE: Final = (ChipPart.SOD, ChipPart.SIGNATURE, ChipPart.CHAIN)
_HARMLESS: Final = frozenset({Reason.NEEDS_RIGHT, Reason.NOT_ASKED, Reason.INDEX_AGREES})
"""Why a file may be unchecked in a chip that is verified all the same."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """``reason`` is a code of the room's catalogue (``reasons.py``), empty where ``VERIFIED`` says all; ``detail`` is
    for the log and names no person."""

    verdict: Verdict
    reason: str = ""
    detail: str = ""


class Judged(Protocol):
    @property
    def verdict(self) -> Verdict: ...

    @property
    def reason(self) -> str: ...


def is_no_copy(proofs: Iterable[Judged]) -> bool:
    """Whether one of the proofs was given, or the signed data say that the chip can give none: all that is signed
    can be copied to another chip, which then is silent."""
    given = list(proofs)
    return any(one.verdict is Verdict.VERIFIED for one in given) or all(
        one.reason == Reason.NOT_OFFERED for one in given
    )


def kept_open(results: Mapping[str, Judged]) -> tuple[str, ...]:
    """Which of ``results``, by the names of parts and files, keep a chip from being verified, gravest first."""
    proofs = {part: results[part] for part in COPY_PROTECTION if part in results}
    decisive = {name: results.get(name) for name in (*_DECISIVE, ChipFile.DG1)}
    groups = {name: one for name, one in results.items() if name not in set(ChipPart) and name not in decisive}
    copied = (
        []
        if is_no_copy(proofs.values())
        else [name for name, one in proofs.items() if one.reason != Reason.NOT_OFFERED]
    )
    return (
        *(name.value for name, one in decisive.items() if one is None or one.verdict is not Verdict.VERIFIED),
        *(name.value for name in copied),
        *(
            name
            for name, one in groups.items()
            if one.verdict is not Verdict.VERIFIED and one.reason not in _HARMLESS
        ),
    )


@dataclass(frozen=True, slots=True)
class ChipPortrait:
    """The face of DG2: decoded (BGR), and as it was on the chip."""

    image: BgrImage
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class ChipReading:
    """A chip as read and judged. ``fields`` are what DG11 and DG12 say, by their names of Doc 9303-10, where they are
    as they were signed; ``signer`` names the document signer's State and serial number, ``trust_version`` and
    ``trust_as_of`` the master list that was used and how old it is."""

    access: AccessProtocol
    data_groups: dict[ChipFile, PartResult]
    parts: dict[ChipPart, PartResult]
    mrz: Mrz | None = None
    portrait: ChipPortrait | None = None
    fields: dict[str, str] = field(default_factory=dict)
    signer: str = ""
    trust_version: str = ""
    trust_as_of: datetime | None = None

    @property
    def results(self) -> dict[str, PartResult]:
        """Everything that was judged, by name: the parts, then the files."""
        judged = {part.value: result for part, result in self.parts.items()}
        return judged | {file.value: result for file, result in self.data_groups.items()}

    @property
    def verdict(self) -> Verdict:
        """FAILED where anything failed; VERIFIED where signed list, signature, chain and data group 1 hold, no other
        part that should be there is open, and the chip is no copy as far as it can prove that."""
        results = self.results
        if any(one.verdict is Verdict.FAILED for one in results.values()):
            return Verdict.FAILED
        return Verdict.NOT_CHECKED if kept_open(results) else Verdict.VERIFIED
