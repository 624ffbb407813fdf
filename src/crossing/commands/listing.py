"""What ``crossing lists`` works with: the post's database, and its face engine once there are portraits on a list."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from crossing.commands.telling import told_in_a_line
from crossing.platform.settings import PostSettings
from crossing.screening.cli import Parts


@contextmanager
def list_parts() -> Iterator[Parts]:
    """The parts of one command, on the machine that serves the post or on a copy of its settings."""
    from crossing.cores import face_service, open_document_sets, open_post  # noqa: PLC0415 - takes its time
    from crossing.screening.lists.service import ListService  # noqa: PLC0415

    settings = PostSettings()
    with told_in_a_line():
        opened = open_post(settings)
        core = opened.core
        try:
            service = ListService(
                core.database,
                core.blobs,
                clock=core.clock,
                audit=core.audit,
                signing_key=opened.machine.signing_key,
                open_faces=partial(face_service, settings, core.database),
                sets=open_document_sets(settings),
            )
            yield Parts(core.database, service, core.clock)
        finally:
            core.close()
