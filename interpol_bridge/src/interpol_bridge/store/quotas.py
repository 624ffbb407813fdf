"""How many questions each post asked on which day (UTC); counted on the disk, so that a restart forgives nothing."""

from datetime import date, datetime

from sqlalchemy import Connection, delete

from interpol_bridge.store import driver
from interpol_bridge.store.tables import quotas

COUNT = """
    INSERT INTO quotas (post, day, asked) VALUES (?, ?, ?)
    ON CONFLICT (post, day) DO UPDATE SET asked = asked + excluded.asked RETURNING asked
"""


class QuotaSpent(Exception):
    """The day's quota of a post has no room for these questions."""


def spend(connection: Connection, post: str, now: datetime, count: int, limit: int | None) -> None:
    """Count ``count`` questions of a post, if its ``limit`` of the day allows all of them.

    :raises QuotaSpent: it does not; the transaction is to be undone, so that none are counted
    """
    [(asked,)] = driver.run(connection, COUNT, (post, now.date().isoformat(), count))
    if limit is not None and asked > limit:
        raise QuotaSpent


def forget_before(connection: Connection, day: date) -> int:
    """Delete the counts of earlier days; how many went."""
    return connection.execute(delete(quotas).where(quotas.c.day < day.isoformat())).rowcount
