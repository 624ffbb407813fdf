"""Tables of the feed: at the capital what was published, at a post how far it was pulled and what was put aside."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, UtcDateTime

THE_ONLY: Final = 1
"""The key of the one row of a table that has one row."""


class Feed(Base):
    """At the capital: which feed this is, and its end. Another database is another feed."""

    __tablename__ = "feed_heads"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    feed_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[bytes] = mapped_column(LargeBinary(32))


class PublishedItem(Base):
    """At the capital: an item as it was signed. ``payload`` is forgotten when the item expires; ``mark`` stays for a
    while, by which a post's place in the feed is known again."""

    __tablename__ = "feed_items"
    __table_args__ = (Index(None, "expires_at"),)

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    # Text, not a JSON type: the bytes that were signed stay the bytes that are kept.
    payload: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_to_post: Mapped[str | None] = mapped_column(String(32))
    not_to_machine: Mapped[str | None] = mapped_column(String(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    mark: Mapped[bytes] = mapped_column(LargeBinary(32))


class FeedCursor(Base):
    """At a post: up to where the feed was applied. ``pulled_at`` is when nothing more was to be had; ``diverged_at``
    when the capital last turned out not to know what this post had pulled."""

    __tablename__ = "feed_cursors"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    feed_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[bytes] = mapped_column(LargeBinary(32))
    pulled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    diverged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AsideItem(Base):
    """At a post: an item that could not be applied. It is tried again, and goes when it is applied or expires,
    by the post's own clock."""

    __tablename__ = "feed_aside"
    __table_args__ = (Index(None, "expires_at"),)

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    payload: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(100))
    attempts: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
