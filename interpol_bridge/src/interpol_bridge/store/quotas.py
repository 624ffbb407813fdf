"""How many questions each post asked on which day (UTC); counted on the disk, so that a restart forgives nothing."""

from datetime import date, datetime

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from interpol_bridge.store.tables import quotas

OF_DAY = select(quotas.c.asked).where(quotas.c.post == bindparam("of_post"), quotas.c.day == bindparam("of_day"))
_COUNT = insert(quotas)
COUNT = _COUNT.on_conflict_do_update(index_elements=["post", "day"], set_={"asked": _COUNT.excluded.asked})


class QuotaSpent(Exception):
    """The day's quota of a post has no room for these questions."""


def spend(connection: Connection, post: str, now: datetime, count: int, limit: int | None) -> None:
    """Count ``count`` questions of a post, if its ``limit`` of the day allows all of them.

    :raises QuotaSpent: it does not; none are counted
    """
    day = now.date().isoformat()
    asked = (connection.execute(OF_DAY, {"of_post": post, "of_day": day}).scalar() or 0) + count
    if limit is not None and asked > limit:
        raise QuotaSpent
    connection.execute(COUNT, {"post": post, "day": day, "asked": asked})


def forget_before(connection: Connection, day: date) -> int:
    """Delete the counts of earlier days; how many went."""
    return connection.execute(delete(quotas).where(quotas.c.day < day.isoformat())).rowcount
