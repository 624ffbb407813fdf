"""What the capital tells its posts here is a toy: news, each a line of text, kept at a post in a table of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.ids import new_id
from crossing.replication.events import MachineRef
from crossing.replication.feed import applying
from crossing.replication.feed.appliers import FeedAppliers, FeedItem
from crossing.replication.feed.models import AsideItem
from crossing.replication.feed.pages import Page, Question, unpack
from crossing.replication.feed.publishing import publish
from crossing.replication.feed.puller import FeedPuller
from tests.factories.databases import sqlcipher_database
from tests.factories.waiting import wait_until
from tests.integration.replication.world import CLOCK, Capital, Post

NEWS = "news.told"
LASTING = timedelta(hours=1)

_toys = sa.MetaData()
news = sa.Table(
    "toy_news",
    _toys,
    sa.Column("item_id", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
)


class PoisonError(Exception):
    """What the toy's applier raises for news that say so."""


def apply_news(session: Session, item: FeedItem) -> None:
    """Idempotent, as an applier must be; counts how often it was told the same."""
    known = sa.update(news).where(news.c.item_id == item.item_id).values(times=news.c.times + 1)
    if session.execute(known.returning(news.c.item_id)).first() is not None:
        return
    values = {"item_id": item.item_id, "sequence": item.sequence, "text": item.payload["text"], "times": 1}
    session.execute(sa.insert(news).values(values))
    if item.payload["text"] == "poison":
        raise PoisonError(item.payload["text"])


def news_appliers() -> FeedAppliers:
    appliers = FeedAppliers()
    appliers.register(NEWS, 1, apply_news)
    return appliers


def tell(session: Session, capital: Capital, text: str, **changed: object) -> UUID:
    """Publish news in a transaction of the capital's; gives the item's id."""
    item_id, now = new_id(), CLOCK.now()
    plain: dict[str, object] = {
        "item_id": item_id,
        "type": NEWS,
        "version": 1,
        "payload": {"text": text},
        "published_at": now,
        "expires_at": now + LASTING,
    }
    publish(session, signer=capital.key, **(plain | changed))  # type: ignore[arg-type]
    return item_id


def told(capital: Capital, *texts: str, **changed: object) -> list[UUID]:
    """Publish news, each in a transaction of its own."""
    made = []
    for text in texts:
        with capital.database.unit_of_work() as session:
            made.append(tell(session, capital, text, **changed))
    return made


def prepare_post(post: Post) -> Post:
    _toys.create_all(post.database.engine)
    return post


def another_post(folder: Path, capital: Capital, name: str) -> Post:
    folder.mkdir()
    post = prepare_post(Post(folder, sqlcipher_database(folder), name=name))
    post.enrol(capital)
    return post


def puller(post: Post, port: int, appliers: FeedAppliers | None = None) -> FeedPuller:
    return FeedPuller(
        database=post.database,
        connect=lambda: post.link(port),
        of=post.signer.ref,
        appliers=news_appliers() if appliers is None else appliers,
        clock=CLOCK,
        interval_s=0.05,
    )


@contextmanager
def pulling(post: Post, port: int, appliers: FeedAppliers | None = None) -> Iterator[FeedPuller]:
    running = puller(post, port, appliers)
    running.start()
    try:
        yield running
    finally:
        running.stop(20)


def pulled(post: Post, capital: Capital, appliers: FeedAppliers | None = None) -> None:
    """Let the post pull over the line until it has all that was published until now."""
    with capital.serving() as port, pulling(post, port, appliers) as running:
        began = CLOCK.now()
        wait_until(lambda: (running.status().pulled_at or began) > began)


def asked(capital: Capital, question: Question) -> Page:
    """The capital's answer to ``question``, without the line."""
    with capital.database.unit_of_work() as session:
        packed, signature = capital.feed.answer(session, question)
    assert question.holds(packed, signature, capital.key.public)
    return unpack(packed, question)


def first_page(capital: Capital, of: MachineRef = MachineRef("NIA-1", "desk-1"), *, limit: int = 100) -> Page:
    return asked(capital, Question.fresh(of, None, limit=limit))


def texts(post: Post) -> list[str]:
    """The news that were applied, in the order of their sequence."""
    with post.database.engine.connect() as connection:
        return list(connection.scalars(sa.select(news.c.text).order_by(news.c.sequence)))


def times(post: Post) -> list[int]:
    """How often each was applied."""
    with post.database.engine.connect() as connection:
        return list(connection.scalars(sa.select(news.c.times).order_by(news.c.sequence)))


def put_aside(post: Post) -> list[tuple[int, str, int]]:
    """Sequence, reason and attempts of what was put aside."""
    query = sa.select(AsideItem.sequence, AsideItem.reason, AsideItem.attempts).order_by(AsideItem.sequence)
    with post.database.engine.connect() as connection:
        return [(row.sequence, row.reason, row.attempts) for row in connection.execute(query)]


def state(post: Post) -> applying.CursorState:
    with post.database.unit_of_work() as session:
        return applying.cursor_state(session)


def sequence(post: Post) -> int:
    position = state(post).position
    return position.sequence if position else 0
