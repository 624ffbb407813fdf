"""What can go wrong between reader and chip; the driver turns each into one fault of the device contract."""


class ChipError(Exception):
    """A chip did not do what the specification says. The message is for the log and names no person."""


class Garbled(ChipError):
    """What the chip sent can't be decoded, or its checksum is wrong."""


class WrongKey(ChipError):
    """The chip did not accept the key that the MRZ or the card access number gives."""


class Unsupported(ChipError):
    """No travel document, or one that asks for what this reader has not."""


class StatusError(ChipError):
    """A command was answered with another status than success (ISO/IEC 7816-4 section 5.6)."""

    def __init__(self, status: int, step: str = "") -> None:
        super().__init__(f"status {status:04x} {step}".rstrip())
        self.status = status


class VariantUnknown(StatusError):
    """The chip does not know a variant of PACE, or a domain parameter, that it offers itself."""


class SessionLost(StatusError):
    """An answer without protection within a session: the chip has dropped the keys (Doc 9303-11 section 9.8.5), or
    somebody else has spoken. Its status is nobody's word, and nothing is concluded from it."""

    def __init__(self, status: int) -> None:
        super().__init__(status, "without protection")
