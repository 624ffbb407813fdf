"""Whether the chip is the one that was personalised, and no copy of its files (Doc 9303-11, 4.4.3.5 and 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from crossing.documents.chip.active import answers, read_dg15
from crossing.documents.chip.chain import Chain, judge_chain
from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import ChipPart, PartResult, Verdict
from crossing.documents.chip.security_infos import SecurityInfos, read_card_security, read_dg14
from crossing.documents.chip.trust import TrustStore
from crossing.ports.chip import ChipDump, ChipFile, KeyProof, Proof, SignedChallenge

_VERIFIED: Final = PartResult(Verdict.VERIFIED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """``files`` are all that were read, ``signed`` those that the document signer vouches for."""

    files: dict[ChipFile, bytes]
    signed: frozenset[ChipFile]
    chain: Chain
    trust: TrustStore | None
    today: date


def judge_proofs(evidence: Evidence, dump: ChipDump | None, asked: str | None) -> dict[ChipPart, PartResult]:
    """``asked`` is the challenge of active authentication; without it, what the dump says was asked is believed."""
    answer = dump.active_authentication if dump else None
    chip, pace = (dump.chip_authentication, dump.pace_cam) if dump else (None, None)
    return {
        ChipPart.ACTIVE_AUTHENTICATION: _active(evidence, answer, asked),
        ChipPart.CHIP_AUTHENTICATION: _chip(evidence, chip),
        ChipPart.PACE_CAM: _pace(evidence, pace),
    }


def _active(evidence: Evidence, answer: SignedChallenge | None, asked: str | None) -> PartResult:
    content = evidence.files.get(ChipFile.DG15)
    if content is None:
        return _not_checked(Reason.NOT_OFFERED)
    if answer is None or not answer.response:
        return _not_checked(Reason.NOT_DONE)
    if asked is not None and answer.challenge != asked:
        return _failed(Reason.OTHER_CHALLENGE)
    if ChipFile.DG15 not in evidence.signed:
        return _not_checked(Reason.KEY_NOT_SIGNED)
    try:
        key = read_dg15(content)
    except ValueError:
        return _not_checked(Reason.KEY_UNREADABLE)
    infos = _infos(evidence)
    challenge, response = bytes.fromhex(answer.challenge), bytes.fromhex(answer.response)
    right = answers(key, challenge, response, digest=infos.answer_digest if infos else "")
    return _VERIFIED if right else _failed(Reason.WRONG_ANSWER)


def _chip(evidence: Evidence, proof: KeyProof | None) -> PartResult:
    if proof is None or proof.outcome is Proof.NOT_DONE:
        infos = _infos(evidence)
        return _not_checked(Reason.NOT_DONE if infos and infos.chip_keys else Reason.NOT_OFFERED)
    return _judged(proof, lambda: _infos(evidence))


def _pace(evidence: Evidence, proof: KeyProof | None) -> PartResult:
    if proof is None or proof.outcome is Proof.NOT_DONE:
        return _not_checked(Reason.NOT_DONE if ChipFile.CARD_SECURITY in evidence.files else Reason.NOT_OFFERED)
    return _judged(proof, lambda: _card_infos(evidence))


def _judged(proof: KeyProof, signed_infos: Callable[[], SecurityInfos | None]) -> PartResult:
    """A reader's word that the chip has the key, held against the keys that are signed."""
    if proof.outcome is Proof.FAILED:
        return _failed(Reason.PROOF_FAILED)
    infos = signed_infos()
    if infos is None:
        return _not_checked(Reason.KEY_NOT_SIGNED)
    return _VERIFIED if infos.names(bytes.fromhex(proof.public_key)) else _failed(Reason.OTHER_KEY)


def _infos(evidence: Evidence) -> SecurityInfos | None:
    """DG14, where it is signed and can be read."""
    if ChipFile.DG14 not in evidence.signed:
        return None
    try:
        return read_dg14(evidence.files[ChipFile.DG14])
    except ValueError:
        return None


def _card_infos(evidence: Evidence) -> SecurityInfos | None:
    """EF.CardSecurity, where its own signature and chain hold at least as far as the SOD's do."""
    content = evidence.files.get(ChipFile.CARD_SECURITY)
    if content is None:
        return None
    try:
        infos, signed = read_card_security(content)
        signer = signed.signature.certificate
        if not signed.content_matches or not signed.signature.holds(signer.key):
            return None
        verdict = judge_chain(signer, evidence.trust, today=evidence.today).result.verdict
    except ValueError:
        return None
    return infos if verdict in {Verdict.VERIFIED, evidence.chain.result.verdict} else None


def _not_checked(reason: Reason) -> PartResult:
    return PartResult(Verdict.NOT_CHECKED, reason)


def _failed(reason: Reason) -> PartResult:
    return PartResult(Verdict.FAILED, reason)
