"""Tables of entries made by hand.

``entry_proposals`` is what somebody wants, ``entry_decisions`` what another said of it; the list itself follows from
the two. Both are append-only, but for what tells whether an approved proposal is in the list yet, and for a refused
or withdrawn one whose personal data is emptied. The database itself holds the four eyes: a decision names the
proposer (a composite foreign key), and only a withdrawal may be by that person (a CHECK).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime
from crossing.platform.ids import new_id


class EntryProposal(Base):
    """What an entry is to be. ``number`` counts within the list; ``reference`` is the entry's own over its life.

    ``content`` is an ``Entry`` as JSON, NULL for the end of an entry and once it was emptied; of an entry of an
    imported list only its end is proposed (``endings.py``), perhaps with the day as ``{"on": "YYYY-MM-DD"}``;
    ``portrait`` are the bytes of a picture that came with this proposal. ``applied_in`` is the version of the list
    that has it.
    """

    __tablename__ = "entry_proposals"
    __table_args__ = (
        UniqueConstraint("list_code", "number"),
        UniqueConstraint("id", "proposer_id"),
        Index("ix_entry_proposals_reference", "list_code", "reference"),
        CheckConstraint("change IN ('add', 'change', 'end')", name="change"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list_code: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    reference: Mapped[str] = mapped_column(String(100))
    change: Mapped[str] = mapped_column(String(8))
    content: Mapped[dict[str, Any] | None] = mapped_column(Json)
    portrait: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    portrait_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    note: Mapped[str] = mapped_column(Text)
    proposer_id: Mapped[UUID]
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_in: Mapped[int | None]
    apply_trouble: Mapped[str | None] = mapped_column(String(64))
    apply_attempts: Mapped[int]


class EntryDecision(Base):
    """What became of a proposal: at most one row for each."""

    __tablename__ = "entry_decisions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["proposal_id", "proposer_id"],
            ["entry_proposals.id", "entry_proposals.proposer_id"],
            name="fk_entry_decisions_proposal",
        ),
        CheckConstraint("decision IN ('approved', 'refused', 'withdrawn')", name="decision"),
        CheckConstraint("(decision = 'withdrawn') = (decider_id = proposer_id)", name="four_eyes"),
    )

    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    proposer_id: Mapped[UUID]
    decision: Mapped[str] = mapped_column(String(16))
    decider_id: Mapped[UUID]
    decided_by: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text)
