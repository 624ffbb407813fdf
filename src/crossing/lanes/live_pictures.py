"""The live pictures of a session before the last: they stay while somebody is asked about them, and go with the
movement, so that whoever looks later sees what was compared."""

from collections.abc import Iterable
from typing import Any, Final

from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import ImageKind
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckResult

MOST: Final = 5
"""Pictures that are kept so. Only the capital misses what went: the post's store has every picture."""

_ASKED: Final = "asked"


def naming(live_sha256: str, results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results of checks that have just run, each hit of a face naming the live picture that was looked at."""
    return [_naming(live_sha256, check) for check in results]


def set_live_aside(row: CaptureSession) -> None:
    """Another live picture is about to take the place of the one that is there."""
    live = row.images.get(ImageKind.LIVE)
    if live is not None and live["sha256"] not in _names(row):
        row.live_pictures = _bounded([*(row.live_pictures or ()), live])


def note_asked(row: CaptureSession, pictures: Iterable[str]) -> None:
    """Somebody is asked about these live pictures, or has said something of them."""
    asked = set(pictures)
    live = row.images.get(ImageKind.LIVE)
    if live is not None and live["sha256"] in asked:
        set_live_aside(row)
    row.live_pictures = [one | {_ASKED: True} if one["sha256"] in asked else one for one in row.live_pictures or ()]


def asked_of(results: Iterable[CheckResult]) -> set[str]:
    """The live pictures that a person is asked about because of these results, whatever is photographed next."""
    return {
        hit.live_sha256
        for check in results
        if check.alerts and check.kind in FACE_KINDS and check.kind is not CheckKind.FACE_MATCH
        for hit in check.hits
    }


def earlier_live(row: CaptureSession) -> list[dict[str, Any]]:
    """The pictures before the present one that somebody was asked about, oldest first, as ``images`` says them."""
    live = row.images.get(ImageKind.LIVE, {}).get("sha256")
    return [one for one in row.live_pictures or () if one.get(_ASKED) and one["sha256"] != live]


def _names(row: CaptureSession) -> set[str]:
    return {one["sha256"] for one in row.live_pictures or ()}


def _bounded(pictures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the oldest that nobody is asked about, else without the oldest."""
    if len(pictures) <= MOST:
        return pictures
    first = next((at for at, one in enumerate(pictures[:-1]) if not one.get(_ASKED)), 0)
    return pictures[:first] + pictures[first + 1 :]


def _naming(live_sha256: str, check: CheckResult) -> CheckResult:
    if check.kind not in FACE_KINDS or not check.hits:
        return check
    hits = tuple(hit.model_copy(update={"live_sha256": live_sha256}) for hit in check.hits)
    return check.model_copy(update={"hits": hits})
