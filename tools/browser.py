"""Which Chromium tests and screenshots are made with."""

import shutil
from pathlib import Path
from typing import Final

_SHELL: Final = "chromium-headless-shell"
_WHOLE: Final = ("chromium", "google-chrome")


def find_browser(*, whole: bool = False) -> str | None:
    """The system's: its headless shell, which shows the same pages by a fifth less of the processor, for it draws no
    windows of its own; or the ``whole`` browser, for cameras, which the shell has none of.

    None where there is neither, as on Ubuntu, whose own is a snap that nobody can drive: Playwright takes the one
    then that set-up brought it, and where there is none it says which command brings it.
    """
    found = filter(None, map(shutil.which, _WHOLE if whole else (_SHELL, *_WHOLE)))
    return next((program for program in found if not _is_snap(program)), None)


def _is_snap(program: str) -> bool:
    return "snap" in Path(program).resolve().parts
