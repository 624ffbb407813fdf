"""Of which date a new version is. A list that is dated too late clears people that it does not know of."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from crossing.screening.errors import ListDatedLater, ListDateMissing, ListFromTheFuture, ListOlder
from crossing.screening.models import ListVersion

_CLOCK_TOLERANCE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dating:
    """The file's ``own``, or else the one ``given`` by whoever imports. Where there is neither, the content in use
    keeps its date, and for other content one is asked for: a list dated today because nobody said better looks
    fresher than it is. For the same reason a given date may be earlier than the file's own, but not of a later day.

    ``corrects``: ``given`` puts the date of the version in use right, and may be earlier if the content is the same.
    """

    given: datetime | None
    own: datetime | None
    corrects: bool = False

    def date(self, now: datetime, serving: ListVersion | None, sha256: str) -> datetime:
        """Raises ListDateMissing, ListDatedLater, ListFromTheFuture or ListOlder."""
        as_of = self._earlier()
        if as_of is None:
            if serving is None or serving.sha256 != sha256:
                raise ListDateMissing
            return serving.as_of
        if as_of > now + _CLOCK_TOLERANCE:
            raise ListFromTheFuture(as_of=as_of.date().isoformat())
        if serving is not None and as_of < serving.as_of and not (self.corrects and serving.sha256 == sha256):
            same_day = as_of.date() == serving.as_of.date()
            raise ListOlder(as_of=_said(as_of, same_day), serving=_said(serving.as_of, same_day))
        return as_of

    def _earlier(self) -> datetime | None:
        if self.given is None or self.own is None:
            return self.given or self.own
        if self.given.astimezone(UTC).date() > self.own.astimezone(UTC).date():
            raise ListDatedLater(own=_said(self.own, False), given=_said(self.given, False))
        return min(self.given, self.own)


def _said(when: datetime, with_time: bool) -> str:
    return f"{when:%Y-%m-%d %H:%M}" if with_time else f"{when:%Y-%m-%d}"
