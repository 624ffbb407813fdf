"""The table of what each machine last said of asking INTERPOL."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime


class InterpolState(Base):
    """Whether a machine asks INTERPOL, by its newest word: a ``state.InterpolNews``, and nothing of a traveller.

    ``epoch`` and ``sequence`` are the event's at the capital, so that an older word that comes later changes nothing;
    both are 0 in the machine's own row.
    """

    __tablename__ = "interpol_states"

    post: Mapped[str] = mapped_column(String(32), primary_key=True)
    machine: Mapped[str] = mapped_column(String(32), primary_key=True)
    epoch: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    news: Mapped[dict[str, Any]] = mapped_column(Json)
