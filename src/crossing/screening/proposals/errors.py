"""What can go wrong with entries made by hand, in the domain's words."""

from typing import ClassVar

from crossing.platform.errors import DomainError, Kind


class ProposalUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "proposal_unknown"
    message = "There is no such proposal."


class EntryUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "entry_unknown"
    message = "There is no such entry in force."


class ProposalDecided(DomainError):
    kind = Kind.CONFLICT
    code = "proposal_decided"
    message = "This proposal was decided already. Look at it again."


class ProposalPending(DomainError):
    kind = Kind.CONFLICT
    code = "proposal_pending"
    message = "Another proposal for this entry waits for its approval. Decide on that one first."


class OwnProposal(DomainError):
    kind = Kind.FORBIDDEN
    code = "own_proposal"
    message = "Nobody decides on an entry that they proposed themselves: another person has to look at it."


class NotTheProposer(DomainError):
    kind = Kind.FORBIDDEN
    code = "not_the_proposer"
    message = "Only the person who proposed an entry may withdraw the proposal."


class TooManyPending(DomainError):
    kind = Kind.THROTTLED
    code = "too_many_pending"
    message = "{most} proposals wait for approval already. Decide on some of them first."


class ListFull(DomainError):
    kind = Kind.CONFLICT
    code = "hand_made_full"
    message = "The list has {most} entries made by hand, and takes no more. Import a list as a file instead."


class EntryFault(DomainError):
    """Something an entry lacks or has wrong. ``field`` is the entry's field, and the one of a page's form."""

    field: ClassVar[str] = ""

    def __init__(self, **params: str | int | float) -> None:
        super().__init__(field=self.field, **params)


class NameMissing(EntryFault):
    code, field = "entry_name_missing", "surname"
    message = "Type a surname or a given name."


class NumberMissing(EntryFault):
    code, field = "entry_number_missing", "document_number"
    message = "Type the number of the document."


class PlateMissing(EntryFault):
    code, field = "entry_plate_missing", "plate"
    message = "Type the plate or the chassis number (VIN)."


class ReasonMissing(EntryFault):
    code, field = "entry_reason_missing", "reason"
    message = "Say why it is listed: the officer at the lane reads it."


class ActionMissing(EntryFault):
    code, field = "entry_action_missing", "action"
    message = "Say what the officer is authorised to do."


class LegalBasisMissing(EntryFault):
    code, field = "entry_legal_basis_missing", "legal_basis"
    message = "Give the legal basis: the law, the warrant or the order, with its number."


class OwnerMissing(EntryFault):
    code, field = "entry_owner_missing", "owner"
    message = "Name the authority that answers for this entry."


class ReviewMissing(EntryFault):
    code, field = "entry_review_missing", "review_on"
    message = "Give the date by which the entry is looked at again."


class ReviewPast(EntryFault):
    code, field = "entry_review_past", "review_on"
    message = "The date of the review lies in the past."


class ReviewAfterExpiry(EntryFault):
    code, field = "entry_review_after_expiry", "review_on"
    message = "The review has to come before the entry expires."


class ExpiryMissing(EntryFault):
    code, field = "entry_expiry_missing", "expires_on"
    message = "Give the date on which the entry expires."


class ExpiryPast(EntryFault):
    code, field = "entry_expiry_past", "expires_on"
    message = "The entry would have expired already."


class ExpiryTooFar(EntryFault):
    code, field = "entry_expiry_too_far", "expires_on"
    message = "The entry may last until {latest} at most."


class NoteMissing(EntryFault):
    code, field = "entry_note_missing", "note"
    message = "Say why, in a few words."


class PortraitUnknown(EntryFault):
    code, field = "entry_portrait_unknown", "portrait"
    message = "There is no such picture with this entry. Choose the file again."


class PortraitTooLarge(EntryFault):
    code, field = "entry_portrait_too_large", "portrait"
    message = "The picture is too large: at most {max_megabytes} MB are accepted."


class PortraitUnreadable(EntryFault):
    code, field = "entry_portrait_unreadable", "portrait"
    message = "The picture can't be read. JPEG, PNG, WebP, TIFF and BMP are accepted."
