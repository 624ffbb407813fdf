"""What the audit chain says of a question: who asked, what came of it, and of what was asked a keyed hash alone."""

from datetime import datetime

from crossing.ports.bridge import BridgeAnswer, Mode, Outcome
from interpol_bridge.questions import Question
from interpol_bridge.store import chain
from interpol_bridge.store.rechecks import Waiting


def asked(key: bytes, question: Question, now: datetime) -> dict[str, str]:
    """That the question is about to leave. ``key``: that of the hashes of what is asked."""
    data = {"database": question.database, **question.asked_data}
    return _who_asks(question, now) | {"kind": "asked", "asked_hash": chain.keyed_hash(key, data)}


def answered(key: bytes, question: Question, answer: BridgeAnswer, now: datetime) -> dict[str, str]:
    """What came of it, hit or not."""
    return asked(key, question, now) | {
        "kind": "answered",
        "outcome": answer.outcome,
        "mode": answer.mode,
        "copy_as_of": answer.copy_as_of.isoformat() if answer.copy_as_of else "",
        "reason": answer.not_checked_reason or "",
        "online_reason": answer.online_reason or "",
        "reference": " ".join(hit.record_reference for hit in answer.hits),
    }


def given_up(key: bytes, one: Waiting, now: datetime) -> dict[str, str]:
    """That a question which waited is not asked again."""
    entry = asked(key, one.question, now) if one.question else _who_waited(one, now)
    return entry | {"kind": "answered", "outcome": Outcome.NOT_CHECKED, "mode": Mode.ONLINE, "reason": "given_up"}


def _who_waited(one: Waiting, now: datetime) -> dict[str, str]:
    return {"at": now.isoformat(), "request_id": str(one.request_id), "post": one.post, "operation": one.database}


def _who_asks(question: Question, now: datetime) -> dict[str, str]:
    query = question.query
    return {
        "at": now.isoformat(),
        "request_id": str(query.request_id),
        "post": query.post,
        "officer": query.officer,
        "purpose": query.purpose,
        "legal_basis": query.legal_basis,
        "operation": question.database,
    }
