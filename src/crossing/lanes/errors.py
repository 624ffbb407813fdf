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


class NameUnreadable(DomainError):
    kind = Kind.INVALID
    code = "name_unreadable"
    message = "Type the name with letters: lists can't be asked with signs and digits."


class DocumentNumberUnreadable(DomainError):
    kind = Kind.INVALID
    code = "document_number_unreadable"
    message = "Type the document's number with letters or digits: lists can't be asked with signs."


class DocumentMissing(DomainError):
    kind = Kind.INVALID
    code = "document_missing"
    message = "A traveller with a document needs the document's number and issuing State."


class ReadingUnconfirmed(DomainError):
    kind = Kind.CONFLICT
    code = "reading_unconfirmed"
    message = "The document was not read surely: compare the marked fields with the page and confirm them first."


class ConfirmationOutdated(DomainError):
    kind = Kind.CONFLICT
    code = "confirmation_outdated"
    message = "Something newer was read or typed meanwhile: look at it before you confirm."


class NothingToConfirm(DomainError):
    kind = Kind.CONFLICT
    code = "nothing_to_confirm"
    message = "Nothing of this reading waits to be compared with the page."


class FaceQuestionUnknown(DomainError):
    kind = Kind.CONFLICT
    code = "face_question_unknown"
    message = "These are not the pictures that wait to be compared now: look at the newer ones."


class FaceAnswerOutdated(DomainError):
    kind = Kind.CONFLICT
    code = "face_answer_outdated"
    message = "Somebody has said something else of these two pictures meanwhile: read it, then answer."


class FaceNoteNeeded(DomainError):
    kind = Kind.INVALID
    code = "face_note_needed"
    message = "Say in the note why what was said of these two pictures is taken back."


class MrzUnreadable(DomainError):
    kind = Kind.INVALID
    code = "mrz_unreadable"
    message = (
        "These lines are not a machine-readable zone that holds: correct them, or say that the document reads so."
    )


class StripUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "strip_unknown"
    message = "There is no picture of the machine-readable zone."


class ChipKeyMissing(DomainError):
    kind = Kind.CONFLICT
    code = "chip_key_missing"
    message = "The chip can't be opened: the document's number, date of birth or date of expiry were not read."


class ChipLost(DomainError):
    kind = Kind.UNAVAILABLE
    code = "chip_lost"
    message = "The chip left its reader, or the reader was unplugged: put the document back and read the chip again."


class ChipNotExamined(DomainError):
    kind = Kind.UPSTREAM
    code = "chip_not_examined"
    message = "The chip was read, but could not be examined on this machine. Go on without it."


class ExceptionUnexplained(DomainError):
    kind = Kind.INVALID
    code = "exception_unexplained"
    message = "Say in the note why there is no portrait as it should be."


class NoDeviceAtLane(DomainError):
    kind = Kind.UNAVAILABLE
    code = "no_device_at_lane"
    message = "No device of this kind is set up at this lane."
