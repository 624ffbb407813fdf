"""kill -9 of a post between the applying of a page and its commit: nothing of it is lost, nothing is there twice."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from crossing.replication.feed.publishing import begin_feed
from tests.factories.databases import KEY
from tests.integration.replication.feed import killed
from tests.integration.replication.feed.world import another_post, pulled, sequence, texts, times, told
from tests.integration.replication.world import Capital

_spawning = multiprocessing.get_context("forkserver")
_spawning.set_forkserver_preload([killed.__name__])


def test_a_page_that_was_not_committed_is_pulled_again(capital: Capital, tmp_path: Path) -> None:
    begin_feed(capital.database)
    post = another_post(tmp_path / "killed", capital, "desk-2")
    told(capital, "first", "last")
    with capital.serving() as port, _stuck(post.folder, port) as heard:
        assert heard.poll(60)
        assert heard.recv() == 2
    assert (texts(post), sequence(post)) == ([], 0)
    pulled(post, capital)
    assert (texts(post), times(post), sequence(post)) == (["first", "last"], [1, 1], 2)
    post.database.close()


@contextmanager
def _stuck(folder: Path, port: int) -> Iterator[Connection]:
    """A post that has applied everything and committed nothing; killed at the end."""
    heard, say = _spawning.Pipe(duplex=False)
    process = _spawning.Process(target=killed.stuck_before_its_commit, args=(folder, KEY, port, say), daemon=True)
    process.start()
    say.close()
    try:
        yield heard
    finally:
        process.kill()
        process.join()
        process.close()
        heard.close()
