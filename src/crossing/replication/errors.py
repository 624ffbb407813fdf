"""What can go wrong between a post and the capital, in the capital's words."""

from crossing.platform.errors import DomainError, Kind
from crossing.platform.i18n import mark


class EventInvalid(DomainError):
    kind = Kind.INVALID
    code = "event_invalid"
    message = mark("The event cannot be replicated: {reason}.")


class BatchInvalid(DomainError):
    kind = Kind.INVALID
    code = "batch_invalid"
    message = mark("The batch of events cannot be read.")


class BatchTooLarge(DomainError):
    kind = Kind.TOO_LARGE
    code = "batch_too_large"
    message = mark("The batch of events is too large.")


class BodyInterrupted(DomainError):
    """The line broke while the body came in: an everyday event, and nobody is there to be told."""

    kind = Kind.INVALID
    code = "body_interrupted"
    message = mark("The connection broke before everything had arrived.")


class NotThisMachine(DomainError):
    kind = Kind.FORBIDDEN
    code = "not_this_machine"
    message = mark("The sender is not the machine that its certificate names.")


class MachineRevoked(DomainError):
    kind = Kind.FORBIDDEN
    code = "machine_revoked"
    message = mark("This machine is no longer enrolled.")


class HelloRequired(DomainError):
    kind = Kind.CONFLICT
    code = "hello_required"
    message = mark("The machine must say hello first.")


class IdentityConflict(DomainError):
    """The base of what is refused because two machines claim one identity, and noted as an alarm.

    ``subject`` tells one conflict from the next of its kind, so that a refused sender that tries for a week
    leaves one alarm behind and not ten thousand.
    """

    kind = Kind.CONFLICT
    code = "identity_conflict"

    def __init__(self, *, subject: str) -> None:
        super().__init__()
        self.subject = subject


class InstanceConflict(IdentityConflict):
    code = "instance_conflict"
    message = mark(
        "Another installation delivers with this machine's identity. One of the two must be enrolled anew."
    )


class HistoryDiverged(IdentityConflict):
    code = "history_diverged"
    message = mark("This machine's history is not the one the capital knows. It must be enrolled anew.")


class EpochMismatch(IdentityConflict):
    code = "epoch_mismatch"
    message = mark("This machine was enrolled anew elsewhere. It must be enrolled again before it can deliver.")


class BlobNotAnnounced(DomainError):
    kind = Kind.NOT_FOUND
    code = "blob_not_announced"
    message = mark("No accepted event of this machine announces this image.")


class BlobPieceInvalid(DomainError):
    kind = Kind.INVALID
    code = "blob_piece_invalid"
    message = mark("The piece of the image is empty, too large, or goes beyond the image's end.")


class FeedPlaceInvalid(DomainError):
    kind = Kind.INVALID
    code = "feed_place_invalid"
    message = mark("A place in the feed needs the feed, the sequence and the mark together.")
