"""Every query on entries made by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from crossing.identity.principal import Principal
from crossing.screening.proposals.models import EntryDecision, EntryProposal
from crossing.screening.proposals.schemas import Change, ProposalState

_SETTLED = (ProposalState.REFUSED.value, ProposalState.WITHDRAWN.value)


class Decided(NamedTuple):
    """A proposal, with what became of it; None while it waits."""

    proposal: EntryProposal
    decision: EntryDecision | None


def get(session: Session, list_code: str, proposal_id: UUID) -> Decided | None:
    rows = session.execute(_proposals(list_code).where(EntryProposal.id == proposal_id))
    return next((Decided(row[0], row[1]) for row in rows), None)


def decide(
    session: Session, row: EntryProposal, state: ProposalState, decider: Principal, note: str, at: datetime
) -> EntryDecision:
    """Write what became of a proposal. The database refuses a second decision, and one by the wrong officer."""
    decision = EntryDecision(
        proposal_id=row.id,
        proposer_id=row.proposer_id,
        decision=state.value,
        decider_id=decider.id,
        decided_by=decider.login[:64],
        decided_at=at,
        note=note,
    )
    session.add(decision)
    session.flush()
    return decision


def last_number(session: Session, list_code: str) -> int:
    """The number of the latest proposal, 0 before the first."""
    return session.scalar(sa.select(sa.func.max(EntryProposal.number)).filter_by(list_code=list_code)) or 0


def pending(session: Session, list_code: str, reference: str | None = None) -> list[EntryProposal]:
    """What waits for approval, oldest first."""
    asked = _proposals(list_code).where(EntryDecision.proposal_id.is_(None)).order_by(EntryProposal.number)
    if reference is not None:
        asked = asked.where(EntryProposal.reference == reference)
    return list(session.scalars(asked))


def pending_count(session: Session, list_code: str) -> int:
    waiting = _proposals(list_code).where(EntryDecision.proposal_id.is_(None)).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0


def latest(session: Session, list_code: str, limit: int) -> list[Decided]:
    """Proposals that were decided, the latest decision first."""
    asked = _proposals(list_code).where(EntryDecision.proposal_id.is_not(None))
    rows = session.execute(asked.order_by(EntryDecision.decided_at.desc(), EntryProposal.number.desc()).limit(limit))
    return [Decided(row[0], row[1]) for row in rows]


def history(session: Session, list_code: str, reference: str) -> list[Decided]:
    """Every proposal for one entry, oldest first."""
    asked = _proposals(list_code).where(EntryProposal.reference == reference).order_by(EntryProposal.number)
    return [Decided(row[0], row[1]) for row in session.execute(asked)]


def approved_before(session: Session, proposals: Sequence[EntryProposal]) -> dict[UUID, EntryProposal]:
    """By proposal, the approved one that its entry stood on before; in one query, however many they are."""
    if not proposals:
        return {}
    earlier = aliased(EntryProposal)
    newest = (
        sa.select(EntryProposal.id, sa.func.max(earlier.number).label("number"))
        .join(
            earlier,
            sa.and_(
                earlier.list_code == EntryProposal.list_code,
                earlier.reference == EntryProposal.reference,
                earlier.number < EntryProposal.number,
            ),
        )
        .join(EntryDecision, EntryDecision.proposal_id == earlier.id)
        .where(
            EntryProposal.id.in_([one.id for one in proposals]),
            EntryDecision.decision == ProposalState.APPROVED.value,
        )
        .group_by(EntryProposal.id)
        .subquery()
    )
    found = session.execute(
        sa.select(newest.c.id, EntryProposal).join(
            EntryProposal,
            sa.and_(EntryProposal.list_code == proposals[0].list_code, EntryProposal.number == newest.c.number),
        )
    )
    return {row[0]: row[1] for row in found}


def in_force(
    session: Session, list_code: str, reference: str | None = None
) -> list[tuple[EntryProposal, EntryDecision]]:
    """The last approved proposal of each entry that was not ended, by reference. Expired ones are among them."""
    newest = (
        sa.select(sa.func.max(EntryProposal.number))
        .join(EntryDecision, EntryDecision.proposal_id == EntryProposal.id)
        .where(EntryProposal.list_code == list_code, EntryDecision.decision == ProposalState.APPROVED.value)
        .group_by(EntryProposal.reference)
    )
    asked = (
        _approved(list_code)
        .where(EntryProposal.number.in_(newest), EntryProposal.change != Change.END.value)
        .order_by(EntryProposal.number)
    )
    if reference is not None:
        asked = asked.where(EntryProposal.reference == reference)
    return [(row[0], row[1]) for row in session.execute(asked)]


def in_force_count(session: Session, list_code: str) -> int:
    """How many entries were approved and not ended, counted by their first and last proposals."""

    def approved(change: Change) -> int:
        rows = _approved(list_code).where(EntryProposal.change == change.value).subquery()
        return session.scalar(sa.select(sa.func.count()).select_from(rows)) or 0

    return approved(Change.ADD) - approved(Change.END)


def unapplied(session: Session, list_code: str) -> list[Decided]:
    """Approved proposals that no version of the list has yet, oldest first."""
    asked = _approved(list_code).where(EntryProposal.applied_in.is_(None)).order_by(EntryProposal.number)
    return [Decided(row[0], row[1]) for row in session.execute(asked)]


def mark_applied(session: Session, ids: Sequence[UUID], version: int) -> None:
    values = {"applied_in": version, "apply_trouble": None}
    session.execute(sa.update(EntryProposal).where(EntryProposal.id.in_(ids)).values(**values))


def mark_trouble(session: Session, ids: Sequence[UUID], code: str) -> None:
    values = {"apply_trouble": code, "apply_attempts": EntryProposal.apply_attempts + 1}
    session.execute(sa.update(EntryProposal).where(EntryProposal.id.in_(ids)).values(**values))


def picture(session: Session, list_code: str, sha256: str) -> bytes | None:
    """The bytes of a portrait that came with a proposal; None where no proposal has it, or has it no more."""
    return session.scalar(
        sa.select(EntryProposal.portrait)
        .where(
            EntryProposal.list_code == list_code,
            EntryProposal.portrait_sha256 == sha256,
            EntryProposal.portrait.is_not(None),
        )
        .limit(1)
    )


def to_be_emptied(session: Session, before: datetime, limit: int) -> list[UUID]:
    """Proposals, for whatever list, refused or withdrawn before then that still say something of a person."""
    says_something = (
        EntryProposal.content.is_not(None) | EntryProposal.portrait.is_not(None) | (EntryProposal.note != "")
    )
    return list(
        session.scalars(
            sa.select(EntryProposal.id)
            .join(EntryDecision, EntryDecision.proposal_id == EntryProposal.id)
            .where(
                EntryDecision.decision.in_(_SETTLED),
                EntryDecision.decided_at < before,
                says_something | (EntryDecision.note != ""),
            )
            .order_by(EntryDecision.decided_at)
            .limit(limit)
        )
    )


def empty(session: Session, ids: Sequence[UUID]) -> None:
    """Take the personal data out of refused and withdrawn proposals; the database lets no other be emptied."""
    session.execute(
        sa.update(EntryProposal)
        .where(EntryProposal.id.in_(ids))
        .values(content=sa.null(), portrait=sa.null(), portrait_sha256=sa.null(), note="")
    )
    session.execute(sa.update(EntryDecision).where(EntryDecision.proposal_id.in_(ids)).values(note=""))


def _proposals(list_code: str) -> sa.Select[EntryProposal, EntryDecision]:
    return (
        sa.select(EntryProposal, EntryDecision)
        .outerjoin(EntryDecision, EntryDecision.proposal_id == EntryProposal.id)
        .where(EntryProposal.list_code == list_code)
    )


def _approved(list_code: str) -> sa.Select[EntryProposal, EntryDecision]:
    return _proposals(list_code).where(EntryDecision.decision == ProposalState.APPROVED.value)
