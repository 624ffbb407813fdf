"""What can go wrong at a lane."""

from crossing.platform.errors import DomainError, Kind


class LaneUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "lane_unknown"
    message = "There is no such lane at this post."


class LaneWrongDirection(DomainError):
    kind = Kind.CONFLICT
    code = "lane_wrong_direction"
    message = "This lane does not serve that direction."


class LaneBusy(DomainError):
    kind = Kind.CONFLICT
    code = "lane_busy"
    message = "A traveller is at this lane already: finish or abandon that session first."


class SessionUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "session_unknown"
    message = "There is no such session."


class StepNotAllowed(DomainError):
    kind = Kind.CONFLICT
    code = "step_not_allowed"
    message = "This step is not possible any more: the traveller's session is {state}."


class IdentityMissing(DomainError):
    kind = Kind.CONFLICT
    code = "identity_missing"
    message = "Who the traveller is must be read or typed before a decision."


class NameMissing(DomainError):
    kind = Kind.INVALID
    code = "name_missing"
    message = "At least one name is needed."


class DocumentMissing(DomainError):
    kind = Kind.INVALID
    code = "document_missing"
    message = "A traveller with a document needs the document's number and issuing State."


class NoDeviceAtLane(DomainError):
    kind = Kind.UNAVAILABLE
    code = "no_device_at_lane"
    message = "No device of this kind is set up at this lane."
