"""What can go wrong with a decision."""

from crossing.platform.errors import DomainError, Kind


class SecondLineNeeded(DomainError):
    kind = Kind.CONFLICT
    code = "second_line_needed"
    message = "A check answered with a possible hit: a second-line officer must look at it first."


class FacesUncompared(DomainError):
    kind = Kind.CONFLICT
    code = "faces_uncompared"
    message = "Two faces wait for your eyes: compare the pictures and say what you see, or call the second line."


class FacesUncomparedHere(FacesUncompared):
    """At the second line, which has nobody else to call."""

    message = "Two faces wait for your eyes: compare the pictures and say what you see, then decide."


class ReasonNeeded(DomainError):
    kind = Kind.INVALID
    code = "reason_needed"
    message = "A refusal needs its reason."


class ReasonNotWanted(DomainError):
    kind = Kind.INVALID
    code = "reason_not_wanted"
    message = "Only a refusal has a reason code."


class ReferralUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "referral_unknown"
    message = "There is no such referral."


class ReferralResolved(DomainError):
    kind = Kind.CONFLICT
    code = "referral_resolved"
    message = "This referral has been resolved already."


class ReferralChanged(DomainError):
    kind = Kind.CONFLICT
    code = "referral_changed"
    message = "Another hit has come meanwhile. Look at all of them, then decide."


class BureauReferenceNeeded(DomainError):
    kind = Kind.INVALID
    code = "bureau_reference_needed"
    message = "What the bureau says of its record counts only with the bureau's reference."


class RecordsUnanswered(DomainError):
    kind = Kind.INVALID
    code = "records_unanswered"
    message = "Say of each of INTERPOL's records what you found: the bureau is told of each by itself."


class LookedForUnanswered(DomainError):
    """``field`` is the part of the resolution that lacks them, ``hit_ids`` a hit on each, with commas between."""

    kind = Kind.INVALID
    code = "looked_for_unanswered"
    message = "Say of each traveller whom the posts look for whether this is the one."


class FindingContradicted(DomainError):
    kind = Kind.INVALID
    code = "finding_contradicted"
    message = "What you found on the whole does not fit what you found of the single hits."


class SecondApproverNeeded(DomainError):
    kind = Kind.FORBIDDEN
    code = "second_approver_needed"
    message = "Another officer than the one who resolved it must approve."


class NothingToApprove(DomainError):
    kind = Kind.CONFLICT
    code = "nothing_to_approve"
    message = "This referral does not wait for an approval."


class OnlyInterpolWithdraws(DomainError):
    kind = Kind.INVALID
    code = "only_interpol_withdraws"
    message = "There is no record of INTERPOL's on this referral that could be withdrawn."


class ConfirmationNeedsHit(DomainError):
    kind = Kind.INVALID
    code = "confirmation_needs_hit"
    message = "There is no hit to confirm on this referral."
