"""Whether a chip was opened as its signed data announce: EF.CardAccess in the clear beside a signed DG14."""

import pytest

from crossing.documents.chip.access import judge_access
from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import PartResult, Verdict
from crossing.documents.chip.security_infos import ChipKey, PaceOffer, SecurityInfos, read_card_access
from crossing.ports.chip import AccessProtocol, ChipDump, ChipFile
from crossing_devices.simulated.passport.protocols import Mapping, PaceVariant, security_infos

GENERIC = PaceVariant().info
MAPPED = PaceVariant(mapping=Mapping.CHIP_AUTHENTICATION).info
UNUSUAL = PaceOffer("0.4.0.127.0.7.2.2.4.9.2", 2, 13)


def judged(
    signed: SecurityInfos | None, offered: bytes | None, access: AccessProtocol | None, oid: str = ""
) -> PartResult:
    files = {} if offered is None else {ChipFile.CARD_ACCESS: offered}
    dump = None if access is None else ChipDump(access=access, access_oid=oid, files={})
    return judge_access(files, signed, dump)


def infos(*encoded: bytes) -> SecurityInfos:
    return read_card_access(security_infos(*encoded))


def failed(reason: Reason) -> PartResult:
    return PartResult(Verdict.FAILED, reason)


def not_checked(reason: Reason) -> PartResult:
    return PartResult(Verdict.NOT_CHECKED, reason)


def test_pace_as_it_is_signed_is_verified() -> None:
    offered = security_infos(GENERIC, MAPPED)

    for oid in (PaceVariant().oid, ""):
        assert judged(infos(MAPPED, GENERIC), offered, AccessProtocol.PACE_GM, oid) == PartResult(Verdict.VERIFIED)
    other = PaceVariant(mapping=Mapping.INTEGRATED, curve_name="secp256r1").oid
    assert judged(infos(MAPPED, GENERIC), offered, AccessProtocol.PACE_IM, other) == failed(Reason.PACE_DIFFERS)


@pytest.mark.parametrize("access", [AccessProtocol.BAC, AccessProtocol.NONE])
def test_without_pace_although_it_is_signed_fails(access: AccessProtocol) -> None:
    assert judged(infos(GENERIC), security_infos(GENERIC), access) == failed(Reason.PACE_NOT_USED)
    assert judged(infos(GENERIC), None, access) == failed(Reason.PACE_HIDDEN)


@pytest.mark.parametrize("offered", [security_infos(MAPPED), security_infos(GENERIC, MAPPED), b"", b"\x31\x80"])
def test_another_offer_than_the_signed_one_fails(offered: bytes) -> None:
    for access in (AccessProtocol.BAC, AccessProtocol.PACE_CAM, None):
        assert judged(infos(GENERIC), offered, access) == failed(Reason.PACE_DIFFERS)


def test_what_no_reader_here_can_do_is_nobodys_fault() -> None:
    signed = SecurityInfos((), pace=frozenset({UNUSUAL}))
    offered = security_infos(bytes.fromhex("3012060a04007f0007020204090202010202010d"))

    assert read_card_access(offered).pace == {UNUSUAL}
    assert judged(signed, offered, AccessProtocol.BAC) == not_checked(Reason.PACE_UNSUPPORTED)


@pytest.mark.parametrize("access", [*AccessProtocol, None])
def test_chips_may_leave_pace_out_of_what_is_signed(access: AccessProtocol | None) -> None:
    for signed in (None, SecurityInfos(())):
        assert judged(signed, security_infos(GENERIC), access) == not_checked(Reason.PACE_NOT_ANNOUNCED)


def test_files_alone_do_not_say_how_they_were_read() -> None:
    assert judged(infos(GENERIC), None, None) == not_checked(Reason.ACCESS_UNKNOWN)
    assert judged(infos(GENERIC), security_infos(GENERIC), None) == not_checked(Reason.ACCESS_UNKNOWN)
    assert judged(infos(GENERIC), None, AccessProtocol.PACE_GM) == not_checked(Reason.ACCESS_UNKNOWN)


def test_a_key_of_the_same_number_must_be_the_same() -> None:
    own = SecurityInfos((ChipKey(b"own", 13),))

    assert SecurityInfos((ChipKey(b"other", 13),)).denies(own, b"own")
    assert not SecurityInfos((ChipKey(b"other", 13), ChipKey(b"own", 13))).denies(own, b"own")
    assert not SecurityInfos((ChipKey(b"other", 1), ChipKey(b"another", None))).denies(own, b"own")
    assert not SecurityInfos(()).denies(own, b"own")
