"""What can go wrong with posts, lanes and machines."""

from crossing.platform.errors import DomainError, Kind


class PostUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "post_unknown"
    message = "There is no such post."


class PostExists(DomainError):
    kind = Kind.CONFLICT
    code = "post_exists"
    message = "There is a post with this code under another name or country."


class LaneExists(DomainError):
    kind = Kind.CONFLICT
    code = "lane_exists"
    message = "The post has a lane with this number."


class LaneUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "lane_unknown"
    message = "There is no such lane."


class MachineNotKnown(DomainError):
    kind = Kind.NOT_FOUND
    code = "machine_not_known"
    message = "There is no such machine."


class MachineUnknown(DomainError):
    """The certificate is the authority's, but the register does not know it."""

    kind = Kind.UNAUTHENTICATED
    code = "machine_unknown"
    message = "This machine is not enrolled."


class MachineRevoked(DomainError):
    kind = Kind.FORBIDDEN
    code = "machine_revoked"
    message = "This machine has been shut out."


class MachineExists(DomainError):
    kind = Kind.CONFLICT
    code = "machine_exists"
    message = "The post already has a machine with this name. Give the new one another name."


class KeyInUse(DomainError):
    kind = Kind.CONFLICT
    code = "machine_key_in_use"
    message = "Another machine was enrolled with this key. A copied machine must be given keys of its own."


class EnrolmentFileInvalid(DomainError):
    """``problem``: which check failed; one of the words that :mod:`crossing.posts.enrolment` lists."""

    code = "enrolment_file_invalid"
    message = "The enrolment file cannot be used ({problem})."


class NotThisMachine(DomainError):
    kind = Kind.CONFLICT
    code = "not_this_machine"
    message = "This file was made for another machine."


class MachineIdentityMissing(DomainError):
    kind = Kind.NOT_FOUND
    code = "machine_identity_missing"
    message = "This machine has no identity yet: run crossing post init first."


class MachineIdentityExists(DomainError):
    kind = Kind.CONFLICT
    code = "machine_identity_exists"
    message = "This machine already has an identity, under another post or name."


class MachineNotEnrolled(DomainError):
    kind = Kind.UNAVAILABLE
    code = "machine_not_enrolled"
    message = "The capital has not let this machine in yet."
