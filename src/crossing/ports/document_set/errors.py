"""Why a set of documents can't be opened, asked or built. None of these ever means "not listed"."""

from pathlib import Path


class DocumentSetError(Exception):
    """The common base: whoever asks answers "not checked" on any of them."""


class DocumentSetForeign(DocumentSetError):
    """The file is no set of documents, or one of a format that this program does not know."""


class DocumentSetDamaged(DocumentSetError):
    """The file is cut short, or a byte of it is not the one that was written."""


class DocumentSetUntrusted(DocumentSetError):
    """The signature is missing, or not the one that the caller accepts."""


class DocumentSetKeyWrong(DocumentSetError):
    """The file was made with another secret: every answer would be "not listed"."""


class DocumentSetChainBroken(DocumentSetError):
    """A delta does not follow the file that it is laid over."""


class DocumentSetTooVaried(DocumentSetError):
    """More issuing States, or more ranges, than the format has room for."""


class DocumentSetNoRoom(DocumentSetError):
    """The disk has no room for a build. ``needed`` and ``free`` are bytes."""

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(f"{folder} has {free} bytes free; the build needs up to {needed}")
        self.needed = needed
        self.free = free
