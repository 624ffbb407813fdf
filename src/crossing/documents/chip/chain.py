"""From a document signer to a trusted country signer: who issued, when it was valid, whether it was revoked.

Validity follows Doc 9303-12 section 7.1: a document signer signs for some months and its certificate outlasts the
documents, so neither it nor its issuer need be valid on the day of inspection. What has to hold is that the issuer
was valid when it issued, and the signer when it signed, where that day is known.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from crossing.documents.chip.certificates import Certificate
from crossing.documents.chip.integrity import is_intact, opens_to_padding
from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import PartResult, Verdict
from crossing.documents.chip.states import signs_for
from crossing.documents.chip.trust import TrustStore

_CLOCKS: Final = timedelta(days=1)
"""How far the clocks and time zones of those who sign may lie apart."""


@dataclass(frozen=True, slots=True)
class Chain:
    """``issuer`` is the trusted country signer; None where none was found."""

    result: PartResult
    issuer: Certificate | None = None


def judge_chain(
    signer: Certificate,
    trust: TrustStore | None,
    *,
    today: date,
    signed_on: date | None = None,
    issuing_state: str = "",
) -> Chain:
    """``signed_on``: the day of signing where a signed statement gives it. ``issuing_state``: of the chip's MRZ,
    empty where that can't be believed."""
    own = _own_failing(signer, today, signed_on, issuing_state)
    if own is not None:
        return Chain(PartResult(Verdict.FAILED, own))
    issuers = trust.issuers_of(signer) if trust is not None else ()
    if not issuers:
        return Chain(_without_issuer(signer, trust))
    valid = [one for one in issuers if _valid_at(one, signer.not_before)]
    if not valid:
        return Chain(PartResult(Verdict.FAILED, Reason.ISSUER_NOT_VALID_THEN), issuers[0])
    own_state = [one for one in valid if one.country == signer.country]
    if not own_state:
        return Chain(PartResult(Verdict.FAILED, Reason.OTHER_STATE), valid[0])
    expired = today > signer.not_after.date()
    return Chain(PartResult(Verdict.VERIFIED, Reason.SIGNER_EXPIRED_SINCE if expired else ""), own_state[0])


def judge_revocation(chain: Chain, signer: Certificate, trust: TrustStore | None, *, today: date) -> PartResult:
    """Whether the signer, or its issuer, stands in a revocation list."""
    if trust is None or chain.issuer is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.NO_ISSUER)
    states = [trust.is_revoked(one, today=today) for one in (signer, chain.issuer)]
    if any(states):
        return PartResult(Verdict.FAILED, Reason.REVOKED)
    if states[0] is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.NO_REVOCATION_LIST)
    return PartResult(Verdict.VERIFIED)


def _own_failing(signer: Certificate, today: date, signed_on: date | None, issuing_state: str) -> Reason | None:
    """What is wrong with the signer whoever issued it."""
    if signer.key_usage is not None and "digital_signature" not in signer.key_usage:
        return Reason.SIGNER_USAGE
    if issuing_state and not signs_for(signer.country, issuing_state):
        return Reason.OTHER_STATE
    if signer.not_before.date() > today + _CLOCKS:
        return Reason.SIGNER_NOT_YET_VALID
    if signed_on is not None and not _valid_at(signer, datetime.combine(signed_on, time(12), UTC)):
        return Reason.SIGNER_EXPIRED_AT_SIGNING
    return None


def _without_issuer(signer: Certificate, trust: TrustStore | None) -> PartResult:
    """No trusted key signed this signer's certificate: because it is unknown, or because the certificate was changed.

    An issuer that is known as the certificate names it, and whose signature this is not, denies it.
    """
    candidates = trust.candidates(signer) if trust is not None else ()
    named = signer.authority_key_identifier
    if any(not named or one.key_identifier == named or opens_to_padding(one.key, signer) for one in candidates):
        return PartResult(Verdict.FAILED, Reason.ISSUER_DENIES)
    # Doc 9303-12 wants the identifier in every signer's certificate: without it, nothing holds this one together.
    if not named or is_intact(signer) is False:
        return PartResult(Verdict.FAILED, Reason.SIGNER_DAMAGED)
    if trust is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.NO_MASTER_LIST)
    known = trust.knows(signer.country)
    return PartResult(Verdict.NOT_CHECKED, Reason.ISSUER_UNKNOWN if known else Reason.STATE_UNKNOWN)


def _valid_at(certificate: Certificate, moment: datetime) -> bool:
    return certificate.not_before - _CLOCKS <= moment <= certificate.not_after + _CLOCKS
