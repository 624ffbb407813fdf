"""The pictures that belong to a referral: the traveller's own, and those that its reasons name. No other image of the
store is shown for it."""

from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions import repository as referrals
from crossing.decisions.errors import ReferralUnknown
from crossing.lanes import repository as sessions
from crossing.lanes.schemas import ImageKind
from crossing.movements.errors import ImageUnknown

PREFIX: Final = 12
"""Digits of a picture's SHA-256 that the audit trail keeps: enough to find it, and nothing that says who it shows."""


def picture_detail(kind: str, sha256: str) -> dict[str, str]:
    """What the audit trail says of a look at a picture."""
    return {"kind": str(kind), "picture": sha256[:PREFIX]}


class Picture(NamedTuple):
    sha256: str
    kind: str

    @property
    def detail(self) -> dict[str, str]:
        return picture_detail(self.kind, self.sha256)


def own_picture(session: Session, referral_id: UUID, kind: ImageKind) -> Picture:
    """The traveller's picture of this kind. Raises :class:`ReferralUnknown` and :class:`ImageUnknown`."""
    referral = referrals.referral(session, referral_id)
    if referral is None:
        raise ReferralUnknown
    image = sessions.get(session, referral.session_id).images.get(kind)
    if image is None:
        raise ImageUnknown
    return Picture(image["sha256"], kind.value)


def named_picture(session: Session, referral_id: UUID, sha256: str) -> Picture:
    """A picture that a reason of the referral is about. Raises :class:`ReferralUnknown` and :class:`ImageUnknown`."""
    referral = referrals.referral(session, referral_id)
    if referral is None:
        raise ReferralUnknown
    hits = [(check.kind, hit) for check in referrals.view(referral).reasons for hit in check.hits]
    named = {picture: kind for kind, hit in hits for picture in (hit.live_sha256, hit.portrait_sha256) if picture}
    if sha256 not in named:
        raise ImageUnknown
    return Picture(sha256, named[sha256].value)
