"""The ``interpol-bridge`` command on a machine whose clock can be set: by as many seconds as a file says."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from interpol_bridge import clock

FILE: Final = "STORM_CLOCK_FILE"


def run() -> None:
    """The command of this process's arguments."""
    file = Path(os.environ[FILE])

    def skewed() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text()))

    clock.utc_now = skewed
    # Whoever takes the clock from there does so when it is imported.
    from interpol_bridge.cli import app  # noqa: PLC0415

    app()


if __name__ == "__main__":
    run()
