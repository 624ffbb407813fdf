"""What can go wrong with fingers. None of it stops a traveller from being registered."""

from crossing.platform.errors import DomainError, Kind
from crossing.platform.i18n import mark


class FingersUnreadable(DomainError):
    """``what`` names the field of the record that is wrong, for the log and the support; no value of a person."""

    kind = Kind.INVALID
    code = "fingers_unreadable"
    message = mark("The fingerprints could not be read: the scanner handed over a damaged record.")

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


class FingersNotComparable(DomainError):
    """Too few minutiae, or not of the same engine; ``what`` says which."""

    kind = Kind.INVALID
    code = "fingers_not_comparable"
    message = mark("These fingerprints cannot be compared.")

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


class FingerEngineMissing(DomainError):
    kind = Kind.UNAVAILABLE
    code = "finger_engine_missing"
    message = mark("Fingerprints cannot be compared on this machine: no engine is installed.")
