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
_DOCUMENT_SIGNING: Final = "1.3.6.1.5.5.7.3.36"


@dataclass(frozen=True, slots=True)
class Chain:
    """``issuer`` is the trusted country signer; None where none was found."""

    result: PartResult
    issuer: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What the signed data say of themselves: when they were signed, the day of issue in DG12, and the State and the
    kind of document in DG1. None or empty where they don't say, or can't be believed."""

    signed_at: datetime | None = None
    issued_on: date | None = None
    issuing_state: str = ""
    document_code: str = ""

    @property
    def signed_on(self) -> date | None:
        """The signer's own word, or else the day of issue."""
        return self.signed_at.astimezone(UTC).date() if self.signed_at else self.issued_on


def judge_chain(signer: Certificate, trust: TrustStore | None, *, today: date, claims: Claims) -> Chain:
    """Whether a trusted country signer issued ``signer``, which may sign what ``claims`` are about."""
    own = _own_failing(signer, today, claims)
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
    return Chain(_held(signer, today, claims), own_state[0])


def _held(signer: Certificate, today: date, claims: Claims) -> PartResult:
    """Of a signer whom its State vouches for."""
    if not claims.issuing_state:
        return PartResult(Verdict.NOT_CHECKED, Reason.STATE_NOT_COMPARED)
    if signer.key_usage is None:
        return PartResult(Verdict.NOT_CHECKED, Reason.SIGNER_USAGE_UNSAID)
    expired = today > signer.not_after.date()
    return PartResult(Verdict.VERIFIED, Reason.SIGNER_EXPIRED_SINCE if expired else "")


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


def _own_failing(signer: Certificate, today: date, claims: Claims) -> Reason | None:
    """What is wrong with the signer whoever issued it."""
    if not _may_sign_documents(signer):
        return Reason.SIGNER_USAGE
    if claims.issuing_state and not signs_for(signer.country, claims.issuing_state):
        return Reason.OTHER_STATE
    if claims.document_code and not _may_sign(signer, claims.document_code):
        return Reason.OTHER_DOCUMENT_TYPE
    if signer.not_before.date() > today + _CLOCKS:
        return Reason.SIGNER_NOT_YET_VALID
    return _failing_then(signer, today, claims)


def _may_sign_documents(signer: Certificate) -> bool:
    """Doc 9303-12 section 7.1.1 wants this key usage in each, and an extended one in none; RFC 9336 has since named
    one for documents. Early signers have none at all, those of the BSI's reference set among them."""
    unfit = signer.key_usage is not None and "digital_signature" not in signer.key_usage
    return not unfit and signer.extended_key_usage <= {_DOCUMENT_SIGNING}


def _may_sign(signer: Certificate, document_code: str) -> bool:
    """By the list of types, where the certificate has one. A type of one letter stands for all that begin with it."""
    return not signer.document_types or any(
        document_code == one or (len(one) == 1 and document_code.startswith(one)) for one in signer.document_types
    )


def _failing_then(signer: Certificate, today: date, claims: Claims) -> Reason | None:
    """What was wrong with the signer on the day on which it signed."""
    signed_at, signed_on = claims.signed_at, claims.signed_on
    if signed_at is not None and signed_at.astimezone(UTC).date() > today + _CLOCKS:
        return Reason.SIGNED_IN_FUTURE
    if signed_on is not None and not _valid_at(signer, datetime.combine(signed_on, time(12), UTC)):
        return Reason.SIGNER_EXPIRED_AT_SIGNING
    start, end = signer.signing_period
    if signed_at is None:
        return None
    early = start is not None and signed_at < start - _CLOCKS
    late = end is not None and signed_at > end + _CLOCKS
    return Reason.SIGNED_OUT_OF_PERIOD if early or late else None


def _without_issuer(signer: Certificate, trust: TrustStore | None) -> PartResult:
    """No trusted key signed this signer's certificate: because it is unknown, or because the certificate was changed.

    An issuer that is known as the certificate names it, and whose signature this is not, denies it.
    """
    candidates = trust.candidates(signer) if trust is not None else ()
    named = signer.authority_key_identifier
    if signer.self_issued and trust is not None and trust.knows(signer.country):
        return PartResult(Verdict.FAILED, Reason.SELF_SIGNED)
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
