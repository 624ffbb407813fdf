"""The words on hits: each kept once, none put in the place of a newer one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping, insert, select

from crossing.ports.bridge import BUREAUS_VERDICTS, HitVerification
from crossing.ports.four_eyes import are_two_people, says_something
from interpol_bridge.errors import (
    NcbReferenceRequired,
    SecondApproverRequired,
    UnknownHit,
    WordIdReused,
    WordSuperseded,
)
from interpol_bridge.store.tables import hits
from interpol_bridge.store.tables import verifications as words


@dataclass(frozen=True, slots=True)
class Standing:
    """The word that stands on a hit, and when the bridge took it."""

    word: HitVerification
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What stands after a word came; ``entry`` is for the audit, empty where the word was there."""

    standing: Standing
    entry: Mapping[str, str]


def add(connection: Connection, post: str, hit_id: UUID, word: HitVerification, now: datetime) -> Told:
    """Keep a word on a hit of this post. One that came before changes nothing: what stands by now is given back.

    A word of a clock that is ahead counts as said ``now``, so that it does not stand above all that come later.

    :raises UnknownHit: no such hit was given to this post
    :raises WordIdReused: the id is of another word
    :raises WordSuperseded: a word that was said later stands
    :raises NcbReferenceRequired: a word of the bureau's without its reference
    :raises SecondApproverRequired: a word of the bureau's, or one that replaces another, that the officer approves
        alone
    """
    hit = _hit(connection, post, hit_id)
    standing = _newest(connection, hit_id)
    if _was_said(connection, hit_id, word) and standing is not None:
        return Told(standing, {})
    said = word.model_copy(update={"said_at": min(word.said_at, now).astimezone(UTC)})
    if standing is not None and said.said_at < standing.word.said_at:
        raise WordSuperseded("A word that was said later stands on this hit.")
    _check_may_be_said(said, replaces=standing is not None)
    row = said.model_dump(mode="json") | {"hit_id": str(hit_id), "said_at": _sortable(said.said_at)}
    connection.execute(insert(words).values(row | {"verified_at": now.isoformat()}))
    return Told(Standing(said, now), _entry(hit, said, now))


def _check_may_be_said(word: HitVerification, *, replaces: bool) -> None:
    bureaus = word.verdict in BUREAUS_VERDICTS
    if bureaus and not says_something(word.ncb_reference):
        raise NcbReferenceRequired("A word of the bureau's is taken only with the reference of its answer.")
    if (bureaus or replaces) and not are_two_people(word.officer, word.approver):
        raise SecondApproverRequired("A word of the bureau's or a changed one needs an approver beside the officer.")


def _was_said(connection: Connection, hit_id: UUID, word: HitVerification) -> bool:
    row = connection.execute(select(words).where(words.c.word_id == str(word.word_id))).mappings().first()
    if row is None:
        return False
    kept = _word(row)
    if row["hit_id"] != str(hit_id) or kept != word.model_copy(update={"said_at": kept.said_at}):
        raise WordIdReused(f"Word {word.word_id} was another one.")
    return True


def _hit(connection: Connection, post: str, hit_id: UUID) -> RowMapping:
    wanted = select(hits).where(hits.c.hit_id == str(hit_id), hits.c.post == post)
    hit = connection.execute(wanted).mappings().first()
    if hit is None:
        raise UnknownHit("No such hit was given to this caller.")
    return hit


def _newest(connection: Connection, hit_id: UUID) -> Standing | None:
    of_hit = select(words).where(words.c.hit_id == str(hit_id))
    row = connection.execute(of_hit.order_by(words.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else Standing(_word(row), datetime.fromisoformat(row["verified_at"]))


def _word(row: RowMapping) -> HitVerification:
    return HitVerification.model_validate({name: row[name] for name in HitVerification.model_fields})


def _sortable(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds")


def _entry(hit: RowMapping, word: HitVerification, now: datetime) -> dict[str, str]:
    return {
        "at": now.isoformat(),
        "kind": "verified",
        "request_id": hit["request_id"],
        "post": hit["post"],
        "officer": word.officer,
        "approver": word.approver,
        "operation": hit["database"],
        "outcome": word.verdict,
        "reference": f"{hit['record_reference']} {word.ncb_reference}".strip(),
    }
