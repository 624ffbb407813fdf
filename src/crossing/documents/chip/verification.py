"""Passive authentication and what follows from it: every part of a chip verified, failed or not checked.

ICAO Doc 9303-11 section 5.1, BSI TR-03105-5. Nothing raises: what is damaged is failed, with its reason.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from crossing.documents.chip.access import judge_access
from crossing.documents.chip.chain import Chain, Claims, judge_chain, judge_revocation
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
from crossing.documents.mrz import FILLER
from crossing.ports.chip import READ_BY_DEFAULT, AccessProtocol, ChipDump, ChipFile, NotRead

_VERIFIED: Final = PartResult(Verdict.VERIFIED)
_GUARDED: Final = frozenset({ChipFile.DG3, ChipFile.DG4})
_DENIED: Final = frozenset({NotRead.ABSENT, NotRead.REFUSED})


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
    challenge (hexadecimal) that active authentication has to answer. ``mrz`` and ``portrait`` are what the files say,
    also where they failed: who uses them looks at ``data_groups`` first. There stands every group that the SOD names,
    read or not, and EF.COM beside them: nobody signs it, but it has to name what the SOD names.
    """
    sod, parts = _security_object(files, dump)
    unread = parts[ChipPart.REVOCATION]
    content = read_content(files, today=today)
    groups = _data_groups(files, sod, dump, content, unread)
    believed = frozenset(file for file, result in groups.items() if result.verdict is Verdict.VERIFIED)
    chain, claims, certificate = Chain(unread), Claims(), None
    if sod is not None:
        claims, certificate = _claims(sod, content, believed), sod.signed.signature.certificate
        chain = judge_chain(certificate, trust, today=today, claims=claims)
        parts[ChipPart.REVOCATION] = judge_revocation(chain, certificate, trust, today=today)
    parts[ChipPart.CHAIN] = chain.result
    held = sod is not None and parts[ChipPart.SIGNATURE].verdict is Verdict.VERIFIED
    signed, listed = (believed, frozenset(sod.hashes)) if sod is not None and held else (frozenset(), frozenset())
    unlisted = Reason(parts[ChipPart.SIGNATURE].reason or Reason.SOD_UNUSABLE)
    evidence = Evidence(files, signed, listed, unlisted, certificate, claims, trust, today)
    parts |= judge_proofs(evidence, dump, asked)
    parts[ChipPart.ACCESS] = judge_access(files, evidence.infos, dump)
    return ChipReading(
        access=dump.access if dump else AccessProtocol.NONE,
        data_groups=groups,
        parts={part: parts[part] for part in ChipPart},
        mrz=content.mrz,
        portrait=content.portrait,
        fields={
            name: text for file in content.details if file in signed for name, text in content.details[file].items()
        },
        signer=f"{certificate.country} {certificate.serial:X}".strip() if certificate else "",
        trust_version=trust.version if trust else "",
        trust_as_of=trust.as_of if trust else None,
    )


def _security_object(
    files: Mapping[ChipFile, bytes], dump: ChipDump | None
) -> tuple[SecurityObject | None, dict[ChipPart, PartResult]]:
    """The SOD where it can be used, and what is said of it and of its signature."""
    there = ChipFile.SOD in files
    unread = PartResult(Verdict.NOT_CHECKED, Reason.SOD_UNUSABLE if there else Reason.NO_SOD)
    parts = dict.fromkeys((ChipPart.SOD, ChipPart.SIGNATURE, ChipPart.REVOCATION), unread)
    if not there:
        why = dump.not_read.get(ChipFile.SOD) if dump else None
        # Doc 9303-10 section 4.6.2: every chip has it, and guards it by nothing but what opens the chip.
        if why in _DENIED:
            parts[ChipPart.SOD] = PartResult(Verdict.FAILED, Reason.SOD_WITHHELD)
        elif why is not None:
            parts[ChipPart.SOD] = PartResult(Verdict.NOT_CHECKED, Reason.NOT_READ)
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


def _claims(sod: SecurityObject, content: Content, believed: frozenset[ChipFile]) -> Claims:
    said = content.mrz.data if content.mrz and content.mrz.format and ChipFile.DG1 in believed else None
    return Claims(
        signed_at=sod.signed.signature.signed_at,
        issued_on=content.issued_on if ChipFile.DG12 in believed else None,
        issuing_state=said.issuing_state if said else "",
        document_code=said.document_code.replace(FILLER, "") if said else "",
    )


def _data_groups(
    files: Mapping[ChipFile, bytes],
    sod: SecurityObject | None,
    dump: ChipDump | None,
    content: Content,
    unread: PartResult,
) -> dict[ChipFile, PartResult]:
    """Of EF.COM and every data group that was read, and of every one that is signed and was not."""
    found: dict[ChipFile, PartResult] = {}
    if ChipFile.COM in files:
        found[ChipFile.COM] = _index(files[ChipFile.COM], sod, unread)
    for file in DATA_GROUPS:
        if file in files:
            found[file] = _of_a_form(judge_group(file, files[file], sod), file, content) if sod else unread
        elif sod and file in sod.hashes:
            found[file] = _missing(file, dump)
    return found


def _missing(file: ChipFile, dump: ChipDump | None) -> PartResult:
    """Only fingers and irises may be kept from a reader that has opened the chip (Doc 9303-10 section 4.7)."""
    if dump is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.NO_FILE)
    why = dump.not_read.get(file)
    if why is NotRead.REFUSED and file in _GUARDED:
        return PartResult(Verdict.NOT_CHECKED, Reason.NEEDS_RIGHT)
    if why in _DENIED:
        return PartResult(Verdict.FAILED, Reason.WITHHELD)
    asked = why is not None or file in READ_BY_DEFAULT
    return PartResult(Verdict.NOT_CHECKED, Reason.NOT_READ if asked else Reason.NOT_ASKED)


def judge_group(file: ChipFile, group: bytes, sod: SecurityObject) -> PartResult:
    """Whether ``group``, a whole file, is the one whose hash ``sod`` names; whether that is signed is not asked."""
    expected = sod.hashes.get(file)
    if expected is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.NOT_LISTED)
    return _VERIFIED if hashed(sod.digest, group) == expected else PartResult(Verdict.FAILED, Reason.CHANGED)


def _of_a_form(result: PartResult, file: ChipFile, content: Content) -> PartResult:
    if result is _VERIFIED and file in content.unreadable:
        return PartResult(Verdict.VERIFIED, Reason.CONTENT_UNREADABLE)
    return result


def _index(com: bytes, sod: SecurityObject | None, unread: PartResult) -> PartResult:
    try:
        index = read_com(com)
    except ValueError as damaged:
        return PartResult(Verdict.FAILED, Reason.COM_DAMAGED, str(damaged).partition("\n")[0][:120])
    if sod is None:
        return unread
    if index.files != frozenset(sod.hashes):
        return PartResult(Verdict.FAILED, Reason.COM_DIFFERS)
    if not sod.lds_version:
        # Its versions stand nowhere else, so they could be any.
        return PartResult(Verdict.NOT_CHECKED, Reason.INDEX_AGREES)
    same = (index.lds_version, index.unicode_version) == (sod.lds_version, sod.unicode_version)
    return _VERIFIED if same else PartResult(Verdict.FAILED, Reason.COM_DIFFERS)
