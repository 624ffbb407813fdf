"""Every query on capture sessions."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crossing.lanes.errors import SessionUnknown, StripUnknown
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import ImageKind
from crossing.lanes.states import LIVE, UNDECIDED
from crossing.movements.errors import ImageUnknown


def get(session: Session, session_id: UUID) -> CaptureSession:
    row = session.get(CaptureSession, session_id)
    if row is None:
        raise SessionUnknown
    return row


def image_of(session: Session, session_id: UUID, kind: ImageKind) -> dict[str, Any]:
    """The traveller's image of this kind, as in ``images``, until the session is closed: then it is the movement's or
    the referral's. Raises :class:`ImageUnknown`."""
    row = get(session, session_id)
    if row.state not in UNDECIDED or kind not in row.images:
        raise ImageUnknown
    return row.images[kind]


def strip_of(session: Session, session_id: UUID) -> bytes:
    """The MRZ cut out of the page, a JPEG. Raises :class:`StripUnknown` where there is none, or none any more."""
    strip = get(session, session_id).mrz_strip
    if strip is None:
        raise StripUnknown
    return strip


def live_at(session: Session, lane_id: UUID) -> CaptureSession | None:
    """The session of the traveller who stands at the lane now."""
    query = select(CaptureSession).where(CaptureSession.lane_id == lane_id, CaptureSession.state.in_(LIVE))
    return session.scalars(query).first()


def unfinished(session: Session) -> list[CaptureSession]:
    """Sessions of travellers who stand at a lane or wait at the second line."""
    return list(session.scalars(select(CaptureSession).where(CaptureSession.state.in_(UNDECIDED)).limit(500)))


def waiting_for_bridge(session: Session) -> list[CaptureSession]:
    """Sessions of which the services outside are being asked; of five hundred at once."""
    waiting = or_(CaptureSession.bridge_pending, CaptureSession.vehicle_question_id.is_not(None))
    return list(session.scalars(select(CaptureSession).where(waiting).order_by(CaptureSession.opened_at).limit(500)))
