"""The port that every engine for fingers implements, and the comparison that a post asks of it.

Without an engine, which is how a post is delivered, a comparison is NOT_CHECKED and says so: it is never "no match".
"""

from dataclasses import dataclass
from typing import Final, Protocol

from crossing.fingers.errors import FingersNotComparable
from crossing.fingers.wsq import GreyImage
from crossing.platform.i18n import mark

NO_ENGINE: Final = mark("Fingerprints are not compared at this post: no engine is installed.")
NOT_COMPARABLE: Final = mark("These fingerprints cannot be compared.")
EXPERIMENTAL: Final = mark("Experimental: this comparison has no known error rate and decides nothing.")


class FingerMatcher(Protocol):
    """``name`` and ``version`` tell whose templates may be compared with whose. Where ``experimental`` is true, a
    score is shown with :data:`EXPERIMENTAL`, and nothing may follow from it."""

    name: str
    version: str
    experimental: bool

    def template(self, image: GreyImage) -> bytes:
        """Raises :class:`FingersNotComparable` for a picture without enough of a finger."""
        ...

    def compare(self, first: bytes, second: bytes) -> float:
        """0 (nothing alike) to 1. Raises :class:`FingersNotComparable` for templates of another engine or version."""
        ...


@dataclass(frozen=True)
class FingerComparison:
    """``score`` is None where the comparison is NOT_CHECKED; ``note`` then says why, else what the score is worth.

    ``engine`` is the matcher's name and version, empty without one.
    """

    score: float | None
    note: str
    engine: str = ""


def compare_fingers(matcher: FingerMatcher | None, first: GreyImage, second: GreyImage) -> FingerComparison:
    """Two pictures of what may be the same finger. Never raises, never decides."""
    if matcher is None:
        return FingerComparison(None, NO_ENGINE)
    engine = f"{matcher.name} {matcher.version}"
    try:
        score = matcher.compare(matcher.template(first), matcher.template(second))
    except FingersNotComparable:
        return FingerComparison(None, NOT_COMPARABLE, engine)
    return FingerComparison(score, EXPERIMENTAL if matcher.experimental else "", engine)
