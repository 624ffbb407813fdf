"""Applying events so that one that cannot be applied never stands in the way of the others."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.replication.appliers import Appliers
from crossing.replication.events import Envelope

UNKNOWN_TYPE = "unknown_type"
_WAITED_FOR_OTHERS: Final = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL's codes (its manual, appendix A) where another transaction was in the way: a serialization failure, a
deadlock, a lock that did not come in time."""


def apply_all(session: Session, appliers: Appliers, envelopes: Sequence[Envelope]) -> list[str | None]:
    """Apply each event; for each None, or the reason for which it was not.

    First all in one savepoint, which is all that a sound batch needs; where that fails, each in one of its own.
    """
    known = [envelope for envelope in envelopes if appliers.find(envelope.type, envelope.version)]
    try:
        with session.begin_nested():
            for envelope in known:
                _apply(session, appliers, envelope)
            session.flush()
    except Exception as failure:  # noqa: BLE001 - which event it was is found out one by one
        raise_if_no_event_is_to_blame(failure)
        return [apply_one(session, appliers, envelope) for envelope in envelopes]
    return [None if appliers.find(envelope.type, envelope.version) else UNKNOWN_TYPE for envelope in envelopes]


def apply_one(session: Session, appliers: Appliers, envelope: Envelope) -> str | None:
    """Apply one event in a savepoint of its own; None, or the reason for which nothing of it was applied."""
    if appliers.find(envelope.type, envelope.version) is None:
        return UNKNOWN_TYPE
    try:
        with session.begin_nested():
            _apply(session, appliers, envelope)
            session.flush()
    except Exception as failure:  # noqa: BLE001 - a poison event may raise anything
        raise_if_no_event_is_to_blame(failure)
        return _reason(failure, envelope)
    return None


def _apply(session: Session, appliers: Appliers, envelope: Envelope) -> None:
    applier = appliers.find(envelope.type, envelope.version)
    if applier is not None:
        applier(session, envelope.received())


def raise_if_no_event_is_to_blame(failure: Exception) -> None:
    """Where the connection broke or another transaction was in the way nothing is to be recorded: the post sends it
    again within seconds, and an alert does not lie in quarantine until the next turn of that."""
    if not isinstance(failure, DBAPIError):
        return
    if failure.connection_invalidated or getattr(failure.orig, "sqlstate", None) in _WAITED_FOR_OTHERS:
        raise failure


def _reason(failure: Exception, envelope: Envelope) -> str:
    """A code, never the error's text: that may hold a person's data."""
    code = failure.code if isinstance(failure, DomainError) else type(failure).__name__
    log.error("replication.applier", event_type=envelope.type, event_version=envelope.version, error=code)
    return f"applier_failed:{code}"[:100]
