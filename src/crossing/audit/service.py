"""The audit trail: who did or saw what, when and why, in a chain of hashes that shows any later change."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from crossing.audit import repository
from crossing.audit.chain import Plain, canonical_detail, entry_hash
from crossing.audit.schemas import AuditPage
from crossing.audit.verification import Broken, Expected, first_broken
from crossing.identity.principal import Principal
from crossing.platform.clock import Clock
from crossing.platform.db import Session
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.ids import new_id

_NOTHING: Final[Mapping[str, Plain]] = MappingProxyType({})
_LOCK: Final = "audit"
_MAX_TEXT: Final = 500


class Audit:
    """One per process, in ``app.state.audit``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def record(
        self,
        session: Session,
        *,
        actor: Principal,
        action: str,
        subject_kind: str,
        subject_id: str,
        purpose: str,
        detail: Mapping[str, Plain] = _NOTHING,
    ) -> None:
        """Add an entry in the caller's transaction: what happened and its entry are there together or not at all.

        ``action`` reads ``room.verb`` ("officer.signed_in"); ``subject_kind`` and ``subject_id`` name a record,
        never a person by name; ``purpose`` is why, in the actor's words or a code. Texts lose control characters
        and what goes beyond 500 characters. Other transactions that record wait until this one ends.
        """
        hold_until_commit(session, _LOCK)
        last = repository.head(session)
        values: dict[str, Any] = {
            "id": new_id(),
            "sequence": last.sequence + 1,
            "recorded_at": self._clock.now(),
            "actor_id": actor.id,
            "actor_login": _clean(actor.login),
            "actor_kind": actor.kind,
            "actor_post": actor.post,
            "action": _clean(action),
            "subject_kind": _clean(subject_kind),
            "subject_id": _clean(subject_id),
            "purpose": _clean(purpose),
            "detail": canonical_detail(detail),
            "previous_hash": last.hash,
        }
        repository.append(session, {**values, "hash": entry_hash(values)})

    def verify(self, session: Session, *, expected: Expected | None = None) -> Broken | None:
        """The first entry that is not as it was written, or None. See :func:`~.verification.first_broken`."""
        return first_broken(session, expected=expected)

    def read(
        self,
        session: Session,
        *,
        reader: Principal,
        purpose: str,
        before: int | None = None,
        limit: int = 50,
        action: str | None = None,
        subject_id: str | None = None,
    ) -> AuditPage:
        """Entries, newest first, below sequence ``before``. The reading itself becomes an entry."""
        page = repository.page(session, before=before, limit=limit, action=action, subject_id=subject_id)
        self.record(
            session,
            actor=reader,
            action="audit.read",
            subject_kind="audit",
            subject_id="entries",
            purpose=purpose,
            detail={"entries": len(page.entries), "before": before, "action": action, "subject_id": subject_id},
        )
        return page


def _clean(text: str) -> str:
    """``text`` as both databases take it: no control characters, no half of a surrogate pair, bounded."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(one if one.isprintable() else " " for one in whole)[:_MAX_TEXT]
