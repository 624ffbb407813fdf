"""The process that the kill test ends: a post that pulls, and stands still between applying and committing."""

import threading
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy.orm import Session

from crossing.platform.db import Database, open_sqlcipher
from crossing.platform.logs import configure
from crossing.replication.feed.appliers import FeedAppliers, FeedItem
from tests.integration.replication.feed.world import NEWS, apply_news, puller
from tests.integration.replication.world import Post


def stuck_before_its_commit(folder: Path, key: bytes, port: int, say: Connection) -> None:
    """Apply what comes, and say so; the commit never comes."""
    configure(level="ERROR")

    def apply_and_say(session: Session, item: FeedItem) -> None:
        apply_news(session, item)
        if item.payload["text"] == "last":
            session.flush()
            say.send(item.sequence)
            threading.Event().wait()

    appliers = FeedAppliers()
    appliers.register(NEWS, 1, apply_and_say)
    post = Post(folder, Database(open_sqlcipher(folder / "post.db", key)), name="desk-2")
    puller(post, port, appliers).start()
    threading.Event().wait()
