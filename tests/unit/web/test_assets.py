"""What the browser is sent: nothing inline, nothing from elsewhere, little of it, and as recorded."""

import hashlib
import re
from pathlib import Path

import pytest
from tools.catalogue import TEMPLATES

from crossing.web.rendering import STATIC, static_base

_PAGES = sorted(TEMPLATES.rglob("*.html"))
_OWN = sorted([*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js")])


@pytest.mark.parametrize("path", _PAGES, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_no_template_needs_an_exception_from_the_content_security_policy(path: Path) -> None:
    html = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"https?://", html)


@pytest.mark.parametrize("path", _OWN, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|eval\(|innerHTML", text)


def test_vendored_files_are_the_ones_recorded() -> None:
    folder = STATIC / "vendor"
    recorded = dict(re.findall(r"^\| (\S+) \| \d+ \| `([0-9a-f]{64})` \|$", (folder / "VENDOR.md").read_text(), re.M))
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    present.pop("VENDOR.md")
    assert present == recorded


def test_the_first_page_is_small() -> None:
    """What a French reader's browser loads before it shows the lane; the fonts may come a moment later."""
    needed = [
        "vendor/fonts.css",
        "vendor/govuk.css",
        "css/app.css",
        "css/lane.css",
        "vendor/htmx.min.js",
        "icons.svg",
    ]
    needed += [path.relative_to(STATIC).as_posix() for path in STATIC.glob("js/*.js")]
    assert sum((STATIC / name).stat().st_size for name in needed) < 160_000


def test_the_address_of_the_files_changes_with_their_content() -> None:
    assert re.fullmatch(r"/static/[0-9a-f]{12}", static_base())
