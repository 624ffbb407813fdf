"""What the bridge refuses, in its own words; ``http/problems.py`` alone knows the HTTP statuses.

No message carries a person's data: the text reaches logs.
"""


class BridgeError(Exception):
    """The base of every refusal that the caller is told about."""


class Unauthenticated(BridgeError):
    """The caller showed no certificate that names it."""


class NotYourPost(BridgeError):
    """A question names a post other than the caller."""


class RequestIdReused(BridgeError):
    """A request id was used before with another question."""


class QuestionIncomplete(BridgeError):
    """A question lacks what its database is asked by."""


class UnknownHit(BridgeError):
    """No such hit was given to this caller."""


class NcbReferenceRequired(BridgeError):
    """A word of the bureau's without its reference."""


class SecondApproverRequired(BridgeError):
    """A word of the bureau's, or a changed one, that no second person approved."""


class WordIdReused(BridgeError):
    """The id of a word was used before with another word."""


class WordSuperseded(BridgeError):
    """A word on a hit that was said before the one that stands."""


class BodyTooLarge(BridgeError):
    """The request body is over the limit."""


class BodyTooSlow(BridgeError):
    """The request body did not arrive in time."""


class AskedTooMuch(BridgeError):
    """The caller asked more than its share; ``retry_after_s`` seconds until it may ask again."""

    def __init__(self, text: str, retry_after_s: float) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class RateExceeded(AskedTooMuch):
    """Too many questions in a short time."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("More questions than this caller may ask in this time.", retry_after_s)


class QuotaExceeded(AskedTooMuch):
    """The post's questions of the day (UTC) are used up."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("More new questions than this post may ask in a day (UTC).", retry_after_s)


class ConfigurationError(BridgeError):
    """The bridge can't start as it is configured; the text says what to change."""
