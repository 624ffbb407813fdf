"""The repository's own text, as the tests of this room look at it."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
_UNREADABLE: Final = frozenset({".jpg", ".png", ".woff2", ".onnx", ".gz"})
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: under version control, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def texts() -> Iterator[tuple[Path, str]]:
    """Each file that is text, with its text."""
    for path in tracked_files():
        if path.suffix not in _UNREADABLE:
            yield path, path.read_text(encoding="utf-8")


def pages() -> list[Path]:
    """The Markdown pages that people read."""
    return [path for path in tracked_files() if path.suffix == ".md"]


def links(page: Path) -> list[str]:
    """Where a page's links and pictures lead, those in code blocks left out."""
    return _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """The fragments that a page's headings can be linked by, as code hosts make them."""
    titles = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def code_blocks(page: Path) -> list[str]:
    return [block.split("\n", 1)[1].rsplit("```", 1)[0] for block in _FENCE.findall(page.read_text(encoding="utf-8"))]
