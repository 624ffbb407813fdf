"""The table of the travellers whom a post looks for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime


class AheadTraveller(Base):
    """At a post: one whom the capital told it to look for. ``content`` is an ``AheadAlert`` as JSON, and NULL once it
    was withdrawn or is over: then only that there was one is remembered, so that it can't come back.

    ``listed_in`` is the first version of the list that has it; ``looked_back_at`` is when it had been asked about
    everybody who had left here meanwhile.
    """

    __tablename__ = "ahead_travellers"
    __table_args__ = (Index(None, "expires_at"),)

    alert_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any] | None] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    listed_in: Mapped[int | None]
    looked_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
