"""What can go wrong with a movement."""

from crossing.platform.errors import DomainError, Kind


class MovementUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "movement_unknown"
    message = "There is no such movement."


class AlreadyCorrected(DomainError):
    kind = Kind.CONFLICT
    code = "already_corrected"
    message = "This record has been corrected already; correct the newer one."


class NothingToCorrect(DomainError):
    kind = Kind.INVALID
    code = "nothing_to_correct"
    message = "The correction changes nothing."


class ImageUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "image_unknown"
    message = "This record has no such image."
