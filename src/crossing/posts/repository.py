"""Every query about posts, lanes and machines."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from crossing.platform.db import Session
from crossing.posts.models import LANE_NUMBERS, Lane, Machine, Post


def post(session: Session, code: str) -> Post | None:
    return session.scalar(sa.select(Post).where(Post.code == code))


def posts(session: Session) -> Sequence[Post]:
    return session.scalars(sa.select(Post).order_by(Post.code)).all()


def lane(session: Session, lane_id: UUID) -> Lane | None:
    return session.get(Lane, lane_id)


def lane_numbered(session: Session, post_code: str, number: int) -> Lane | None:
    if number not in LANE_NUMBERS:
        return None
    return session.scalar(sa.select(Lane).where(Lane.post_code == post_code, Lane.number == number))


def lanes(session: Session, post_code: str) -> Sequence[Lane]:
    return session.scalars(sa.select(Lane).where(Lane.post_code == post_code).order_by(Lane.number)).all()


def machine(session: Session, machine_id: UUID) -> Machine | None:
    return session.get(Machine, machine_id)


def machines(session: Session) -> Sequence[Machine]:
    return session.scalars(sa.select(Machine).order_by(Machine.post_code, Machine.name)).all()


def machine_named(session: Session, post_code: str, name: str) -> Machine | None:
    return session.scalar(sa.select(Machine).where(Machine.post_code == post_code, Machine.name == name))


def machine_certified(session: Session, fingerprint: str) -> Machine | None:
    return session.scalar(sa.select(Machine).where(Machine.certificate_fingerprint == fingerprint))


def machine_with_key(session: Session, *, signing_key: str, tls_key_sha256: str) -> Machine | None:
    same = sa.or_(Machine.signing_public_key == signing_key, Machine.tls_public_key_sha256 == tls_key_sha256)
    return session.scalar(sa.select(Machine).where(same).limit(1))
