"""Passive authentication and what follows from it: every part of a chip verified, failed or not checked.

ICAO Doc 9303-11 section 5.1, BSI TR-03105-5. Nothing raises: what is damaged is failed, with its reason.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from crossing.documents.chip.chain import Chain, judge_chain, judge_revocation
from crossing.documents.chip.cms import SignerMissing
from crossing.documents.chip.content import Content, read_content
from crossing.documents.chip.files import DATA_GROUPS
from crossing.documents.chip.lds import read_com
from crossing.documents.chip.proofs import Evidence, judge_proofs
from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import ChipPart, ChipReading, PartResult, Verdict
from crossing.documents.chip.signatures import AlgorithmUnknown, hashed
from crossing.documents.chip.sod import SecurityObject, read_sod
from crossing.documents.chip.trust import TrustStore
from crossing.ports.chip import AccessProtocol, ChipDump, ChipFile, NotRead

_VERIFIED: Final = PartResult(Verdict.VERIFIED)


def verify(
    files: Mapping[ChipFile, bytes],
    trust: TrustStore | None,
    *,
    today: date,
    dump: ChipDump | None = None,
    asked: str | None = None,
) -> ChipReading:
    """All that can be said of ``files`` as they are on the chip.

    Without ``trust`` no chain is checked; without ``dump`` no proof that the chip is no copy. ``asked`` is the
    challenge (hexadecimal) that active authentication has to answer. ``mrz``, ``portrait`` and ``fields`` are what
    the files say, also where they failed: who uses them looks at ``data_groups`` first. There, EF.COM stands beside
    the data groups: nobody signs it, but it has to name what the SOD names.
    """
    sod, parts = _security_object(files)
    content = read_content(files, today=today)
    groups = _data_groups(files, sod, dump, content)
    believed = frozenset(file for file, result in groups.items() if result.verdict is Verdict.VERIFIED)
    chain, signer = Chain(_unread_sod(files)), ""
    if sod is not None:
        chain = _chain(sod, content, believed, trust, today)
        certificate = sod.signed.signature.certificate
        signer = f"{certificate.country} {certificate.serial:X}".strip()
        parts[ChipPart.REVOCATION] = judge_revocation(chain, certificate, trust, today=today)
    parts[ChipPart.CHAIN] = chain.result
    signed = believed if parts[ChipPart.SIGNATURE].verdict is Verdict.VERIFIED else frozenset()
    parts |= judge_proofs(Evidence(dict(files), signed, chain, trust, today), dump, asked)
    return ChipReading(
        access=dump.access if dump else AccessProtocol.NONE,
        data_groups=groups,
        parts={part: parts[part] for part in ChipPart},
        mrz=content.mrz,
        portrait=content.portrait,
        fields=content.fields,
        signer=signer,
        trust_version=trust.version if trust else "",
    )


def _unread_sod(files: Mapping[ChipFile, bytes]) -> PartResult:
    reason = Reason.SOD_UNUSABLE if ChipFile.SOD in files else Reason.NO_SOD
    return PartResult(Verdict.NOT_CHECKED, reason)


def _security_object(files: Mapping[ChipFile, bytes]) -> tuple[SecurityObject | None, dict[ChipPart, PartResult]]:
    """The SOD where it can be used, and what is said of it and of its signature."""
    unread = _unread_sod(files)
    parts = dict.fromkeys((ChipPart.SOD, ChipPart.SIGNATURE, ChipPart.REVOCATION), unread)
    if ChipFile.SOD not in files:
        return None, parts
    try:
        sod = read_sod(files[ChipFile.SOD])
        signature = sod.signed.signature
        held = sod.signed.content_matches and signature.holds(signature.certificate.key)
    except ValueError as refused:
        parts[ChipPart.SOD] = PartResult(Verdict.FAILED, _refusal(refused), str(refused).partition("\n")[0][:120])
        return None, parts
    parts[ChipPart.SOD] = _VERIFIED
    parts[ChipPart.SIGNATURE] = _VERIFIED if held else PartResult(Verdict.FAILED, Reason.SIGNATURE_WRONG)
    return sod, parts


def _refusal(refused: ValueError) -> Reason:
    if isinstance(refused, AlgorithmUnknown):
        return Reason.ALGORITHM_UNKNOWN
    return Reason.SIGNER_MISSING if isinstance(refused, SignerMissing) else Reason.SOD_DAMAGED


def _chain(
    sod: SecurityObject, content: Content, believed: frozenset[ChipFile], trust: TrustStore | None, today: date
) -> Chain:
    """The day of signing is the signer's own word, or else the day of issue in a signed DG12."""
    signed_at = sod.signed.signature.signed_at
    issued_on = content.issued_on if ChipFile.DG12 in believed else None
    state = content.mrz.data.issuing_state if content.mrz and ChipFile.DG1 in believed else ""
    return judge_chain(
        sod.signed.signature.certificate,
        trust,
        today=today,
        signed_on=signed_at.date() if signed_at else issued_on,
        issuing_state=state,
    )


def _data_groups(
    files: Mapping[ChipFile, bytes], sod: SecurityObject | None, dump: ChipDump | None, content: Content
) -> dict[ChipFile, PartResult]:
    """Of every data group that was read, of EF.COM, and of what the chip says that it lacks although it is signed."""
    found: dict[ChipFile, PartResult] = {}
    if ChipFile.COM in files:
        found[ChipFile.COM] = _index(files[ChipFile.COM], sod, _unread_sod(files))
    for file in DATA_GROUPS:
        if file in files:
            found[file] = _data_group(file, files[file], sod, content) if sod else _unread_sod(files)
        elif sod and file in sod.hashes and dump and dump.not_read.get(file) is NotRead.ABSENT:
            found[file] = PartResult(Verdict.FAILED, Reason.WITHHELD)
    return found


def _data_group(file: ChipFile, group: bytes, sod: SecurityObject, content: Content) -> PartResult:
    expected = sod.hashes.get(file)
    if expected is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.NOT_LISTED)
    if hashed(sod.digest, group) != expected:
        return PartResult(Verdict.FAILED, Reason.CHANGED)
    return PartResult(Verdict.VERIFIED, Reason.CONTENT_UNREADABLE if file in content.unreadable else "")


def _index(com: bytes, sod: SecurityObject | None, unread: PartResult) -> PartResult:
    try:
        index = read_com(com)
    except ValueError as damaged:
        return PartResult(Verdict.FAILED, Reason.COM_DAMAGED, str(damaged).partition("\n")[0][:120])
    if sod is None:
        return unread
    same = index.files == frozenset(sod.hashes)
    if sod.lds_version:
        same = same and (index.lds_version, index.unicode_version) == (sod.lds_version, sod.unicode_version)
    return _VERIFIED if same else PartResult(Verdict.FAILED, Reason.COM_DIFFERS)
