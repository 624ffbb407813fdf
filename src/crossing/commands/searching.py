"""What ``crossing names search`` works with: the lists in the post's database."""

from collections.abc import Iterator
from contextlib import contextmanager

from crossing.commands.telling import told_in_a_line
from crossing.platform.settings import PostSettings
from crossing.screening.lists.seals import Seals
from crossing.screening.names.search_cli import Parts


@contextmanager
def search_parts() -> Iterator[Parts]:
    """The parts of one command, on the machine that serves the post or on a copy of its settings."""
    from crossing.cores import open_post  # noqa: PLC0415 - loads the database's driver

    with told_in_a_line():
        opened = open_post(PostSettings())
        try:
            core = opened.core
            yield Parts(core.database, core.audit, core.clock, Seals(opened.machine.signing_key))
        finally:
            opened.core.close()
