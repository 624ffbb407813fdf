"""What ``crossing services try`` works with: the post's audit trail, and its file of watchlist services."""

from collections.abc import Iterator
from contextlib import contextmanager

from crossing.commands.telling import told_in_a_line
from crossing.platform.settings import PostSettings
from crossing.screening.services.cli import Parts


@contextmanager
def service_parts() -> Iterator[Parts]:
    """The parts of one command, on the machine that serves the post or on a copy of its settings."""
    from crossing.cores import open_post  # noqa: PLC0415 - loads the database's driver

    settings = PostSettings()
    with told_in_a_line():
        opened = open_post(settings)
        try:
            core = opened.core
            yield Parts(core.database, core.audit, core.clock, opened.machine.post, settings.services_file)
        finally:
            opened.core.close()
