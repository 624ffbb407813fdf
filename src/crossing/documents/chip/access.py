"""Whether the chip was opened in the way that its signed data announce (Doc 9303-11 sections 4.2 and 9.2).

EF.CardAccess, which offers PACE, is read in the clear and signed by nobody: who stands between chip and reader can
hide it, and BAC is left, whose keys can be guessed from what is heard. DG14 says the same once more, signed.
"""

from collections.abc import Mapping

from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import PartResult, Verdict
from crossing.documents.chip.security_infos import PaceOffer, SecurityInfos, read_card_access
from crossing.ports.chip import AccessProtocol, ChipDump, ChipFile

_WITHOUT_PACE = frozenset({AccessProtocol.BAC, AccessProtocol.NONE})


def judge_access(
    files: Mapping[ChipFile, bytes], announced: SecurityInfos | None, dump: ChipDump | None
) -> PartResult:
    """``announced`` are the infos of DG14, None where it is not there or not signed; chips may leave PACE out."""
    if announced is None or not announced.pace:
        return PartResult(Verdict.NOT_CHECKED, Reason.PACE_NOT_ANNOUNCED)
    offered = _offered(files)
    if offered is not None and offered != announced.pace:
        return PartResult(Verdict.FAILED, Reason.PACE_DIFFERS)
    if dump is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.ACCESS_UNKNOWN)
    if dump.access in _WITHOUT_PACE:
        return _without_pace(announced.pace, hidden=offered is None)
    if offered is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.ACCESS_UNKNOWN)
    used = not dump.access_oid or any(one.oid == dump.access_oid for one in offered)
    return PartResult(Verdict.VERIFIED) if used else PartResult(Verdict.FAILED, Reason.PACE_DIFFERS)


def _without_pace(announced: frozenset[PaceOffer], *, hidden: bool) -> PartResult:
    if hidden:
        return PartResult(Verdict.FAILED, Reason.PACE_HIDDEN)
    if any(one.usual for one in announced):
        return PartResult(Verdict.FAILED, Reason.PACE_NOT_USED)
    return PartResult(Verdict.NOT_CHECKED, Reason.PACE_UNSUPPORTED)


def _offered(files: Mapping[ChipFile, bytes]) -> frozenset[PaceOffer] | None:
    """What EF.CardAccess says; None where it was not read. One that is damaged offers nothing."""
    if ChipFile.CARD_ACCESS not in files:
        return None
    try:
        return read_card_access(files[ChipFile.CARD_ACCESS]).pace
    except ValueError:
        return frozenset()
