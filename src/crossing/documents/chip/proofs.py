"""Whether the chip is the one that was personalised, and no copy of its files (Doc 9303-11, 4.4.3.5 and 6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from crossing.documents.chip.active import answers, read_dg15
from crossing.documents.chip.certificates import Certificate
from crossing.documents.chip.chain import Claims, judge_chain
from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import ChipPart, PartResult, Verdict
from crossing.documents.chip.security_infos import SecurityInfos, read_card_security, read_dg14
from crossing.documents.chip.trust import TrustStore
from crossing.ports.chip import ChipDump, ChipFile, KeyProof, Proof, SignedChallenge

_VERIFIED: Final = PartResult(Verdict.VERIFIED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """``files`` are all that were read, ``signed`` those that the document signer vouches for, ``listed`` those that
    it names: empty where its list can't be used, and ``unlisted`` says why. ``claims`` are what the signed data say
    of themselves."""

    files: Mapping[ChipFile, bytes]
    signed: frozenset[ChipFile]
    listed: frozenset[ChipFile]
    unlisted: Reason
    signer: Certificate | None
    claims: Claims
    trust: TrustStore | None
    today: date

    @property
    def infos(self) -> SecurityInfos | None:
        """DG14, where it is signed and can be read."""
        if ChipFile.DG14 not in self.signed:
            return None
        try:
            return read_dg14(self.files[ChipFile.DG14])
        except ValueError:
            return None


def judge_proofs(evidence: Evidence, dump: ChipDump | None, asked: str | None) -> dict[ChipPart, PartResult]:
    """``asked`` is the challenge of active authentication; without it, what the dump says was asked is believed.

    What a chip can prove, the signed list of its files says, and not which of them it gave.
    """
    answer = dump.active_authentication if dump else None
    chip, pace = (dump.chip_authentication, dump.pace_cam) if dump else (None, None)
    by_key = {ChipPart.CHIP_AUTHENTICATION: _chip(evidence, chip), ChipPart.PACE_CAM: _pace(evidence, pace)}
    proved = any(one.verdict is Verdict.VERIFIED for one in by_key.values())
    return {ChipPart.ACTIVE_AUTHENTICATION: _active(evidence, answer, asked, proved=proved), **by_key}


def _active(evidence: Evidence, answer: SignedChallenge | None, asked: str | None, *, proved: bool) -> PartResult:
    """``proved``: another proof says that the chip is no copy, so that it need not be one for not answering."""
    content = evidence.files.get(ChipFile.DG15)
    if content is None:
        return _not_checked(_not_offered(evidence, ChipFile.DG15))
    if answer is not None and answer.response and asked is not None and answer.challenge != asked:
        return _failed(Reason.OTHER_CHALLENGE)
    if ChipFile.DG15 not in evidence.signed:
        return _not_checked(Reason.KEY_NOT_SIGNED)
    if answer is None:
        return _not_checked(Reason.NOT_DONE)
    if not answer.response:
        return _not_checked(Reason.NO_ANSWER) if proved else _failed(Reason.NO_ANSWER)
    return _answered(content, answer, evidence.infos)


def _answered(content: bytes, answer: SignedChallenge, infos: SecurityInfos | None) -> PartResult:
    try:
        key = read_dg15(content)
    except ValueError:
        return _not_checked(Reason.KEY_UNREADABLE)
    challenge, response = bytes.fromhex(answer.challenge), bytes.fromhex(answer.response)
    right = answers(key, challenge, response, digest=infos.answer_digest if infos else "")
    return _VERIFIED if right else _failed(Reason.WRONG_ANSWER)


def _not_offered(evidence: Evidence, file: ChipFile) -> Reason:
    """Of a proof whose ``file`` was not read: only the signed list can say that the chip never had it."""
    if not evidence.listed:
        return evidence.unlisted
    return Reason.OFFER_UNREAD if file in evidence.listed else Reason.NOT_OFFERED


def _chip(evidence: Evidence, proof: KeyProof | None) -> PartResult:
    if proof is not None and proof.outcome is not Proof.NOT_DONE:
        return _judged(proof, lambda: evidence.infos)
    if ChipFile.DG14 not in evidence.files:
        return _not_checked(_not_offered(evidence, ChipFile.DG14))
    infos = evidence.infos
    if infos is None:
        return _not_checked(Reason.KEY_UNREADABLE if ChipFile.DG14 in evidence.signed else Reason.KEY_NOT_SIGNED)
    return _not_checked(Reason.NOT_DONE if infos.chip_keys else Reason.NOT_OFFERED)


def _pace(evidence: Evidence, proof: KeyProof | None) -> PartResult:
    """It is offered where DG14 announces it; EF.CardSecurity, which holds its key, stands in no signed list."""
    if proof is not None and proof.outcome is not Proof.NOT_DONE:
        result = _judged(proof, lambda: _card_infos(evidence))
        card, infos, key = _card_infos(evidence), evidence.infos, bytes.fromhex(proof.public_key)
        denied = card is not None and infos is not None and infos.denies(card, key)
        return _failed(Reason.OTHER_KEY) if denied else result
    infos = evidence.infos
    announced = infos is not None and any(one.proves_the_chip for one in infos.pace)
    offered = announced or ChipFile.CARD_SECURITY in evidence.files
    return _not_checked(Reason.NOT_DONE if offered else Reason.NOT_OFFERED)


def _judged(proof: KeyProof, signed_infos: Callable[[], SecurityInfos | None]) -> PartResult:
    """A reader's word that the chip has the key, held against the keys that are signed."""
    if proof.outcome is Proof.FAILED:
        return _failed(Reason.PROOF_FAILED)
    infos = signed_infos()
    if infos is None:
        return _not_checked(Reason.KEY_NOT_SIGNED)
    return _VERIFIED if infos.names(bytes.fromhex(proof.public_key)) else _failed(Reason.OTHER_KEY)


def _card_infos(evidence: Evidence) -> SecurityInfos | None:
    """EF.CardSecurity, where its own signature and chain hold, and its signer is of the State that signed the SOD."""
    content = evidence.files.get(ChipFile.CARD_SECURITY)
    if content is None or evidence.signer is None:
        return None
    try:
        infos, signed = read_card_security(content)
        signer = signed.signature.certificate
        if not signed.content_matches or not signed.signature.holds(signer.key):
            return None
        claims = replace(evidence.claims, signed_at=signed.signature.signed_at)
        verdict = judge_chain(signer, evidence.trust, today=evidence.today, claims=claims).result.verdict
    except ValueError:
        return None
    held = verdict is Verdict.VERIFIED and signer.country == evidence.signer.country
    return infos if held else None


def _not_checked(reason: Reason) -> PartResult:
    return PartResult(Verdict.NOT_CHECKED, reason)


def _failed(reason: Reason) -> PartResult:
    return PartResult(Verdict.FAILED, reason)
