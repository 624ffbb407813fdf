"""Adding to the counts by group, and reading them. See :class:`~crossing.faces.models.FaceTally`."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crossing.faces.figures.schemas import FigureKind
from crossing.faces.models import FaceTally
from crossing.platform.db.locks import hold_until_commit

NOT_JUDGED: Final = "none"


@dataclass(frozen=True, slots=True)
class TallyKey:
    """What is counted together: the columns of the table's key, in its order."""

    month: str
    post: str
    kind: FigureKind
    engine: str
    version: str
    sex: str
    age_band: str
    nationality_group: str
    said: str
    judged: str = NOT_JUDGED


_COLUMNS: Final = tuple(field.name for field in fields(TallyKey))


def add(session: Session, tallies: Iterable[TallyKey]) -> None:
    """Count each of ``tallies`` once more, in the caller's transaction. They are all of one post.

    At the capital two machines of a post may deliver at once: the second waits, for rows taken in another order by
    each would be a deadlock.
    """
    counted = Counter(map(_as_kept, tallies))
    if not counted:
        return
    hold_until_commit(session, f"face_tallies:{next(iter(counted)).post}")
    rows = [{**asdict(key), "count": count} for key, count in counted.items()]
    on_postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(FaceTally) if on_postgres else sqlite.insert(FaceTally)
    more = FaceTally.__table__.c["count"] + insert.excluded["count"]
    session.execute(insert.values(rows).on_conflict_do_update(index_elements=_COLUMNS, set_={"count": more}))


def read(session: Session, *, first_month: str, last_month: str, post: str | None) -> Mapping[TallyKey, int]:
    """The counts of these months, YYYY-MM and both counted, summed over them and, without ``post``, over all posts:
    in the answer's keys both are empty where they were summed over."""
    summed = [getattr(FaceTally, name) for name in _COLUMNS if name not in ("month", "post")]
    query = (
        sa.select(*summed, sa.func.sum(FaceTally.count))
        .where(FaceTally.month.between(first_month, last_month))
        .group_by(*summed)
    )
    if post is not None:
        query = query.where(FaceTally.post == post)
    return {
        TallyKey("", "", FigureKind(kind), *others): int(count) for kind, *others, count in session.execute(query)
    }


def _as_kept(key: TallyKey) -> TallyKey:
    """As the columns keep it: a configured engine may have a longer name, and must not stop a registration."""
    return replace(key, **{name: getattr(key, name)[:length] for name, length in _LENGTHS.items()})


_LENGTHS: Final[Mapping[str, int]] = {"engine": 32, "version": 160}
