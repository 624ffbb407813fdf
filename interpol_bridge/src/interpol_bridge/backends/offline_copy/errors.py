"""Why a copy is not made, not taken up, or not opened. The texts say what to do, and name no person."""

from interpol_bridge.errors import ConfigurationError


class CopyRefused(ConfigurationError):
    """The common base. Whoever asks such a copy gets no answer, never "no hit"."""


class CopyMissing(CopyRefused):
    """The folder holds no copy."""


class CopyForeign(CopyRefused):
    """What is there is no copy, or one of a format that this program does not know."""


class CopyUntrusted(CopyRefused):
    """The signature is missing, or not of whom this bridge takes copies from."""


class CopyKeyWrong(CopyRefused):
    """The copy was made with another content secret: every answer would be "not listed"."""


class CopyDamaged(CopyRefused):
    """A file is missing, cut short, or not the one that the manifest names."""


class CopyDoesNotFollow(CopyRefused):
    """A delta was made for another copy than the one in the folder, or is older than it."""


class SourceRefused(CopyRefused):
    """A file that a copy was to be made of can't be used."""
