"""What a capture holds, in words that name nobody: sizes and kinds, never contents."""

from pydantic import BaseModel, ConfigDict, ValidationError

from crossing.ports import chip, fingers
from crossing.ports.chip import ChipDump
from crossing.ports.devices import Capture
from crossing.ports.fingers import FingerCapture


def summary(capture: Capture) -> list[str]:
    """Lines for an operator. What cannot be read is said so, and nothing of it is shown."""
    lines = [f"{capture.media_type}, {len(capture.content)} bytes, at {capture.captured_at:%H:%M:%S}"]
    try:
        return lines + _closer(capture)
    except (ValidationError, UnicodeDecodeError):
        return [*lines, "its content is not what its media type promises"]


def _closer(capture: Capture) -> list[str]:
    match capture.media_type.partition(";")[0]:
        case "text/plain":
            rows = capture.content.decode("ascii").split("\n")
            return [f"{len(rows)} lines of {', '.join(str(len(row)) for row in rows)} characters"]
        case "application/vnd.crossing.codes+json":
            return [
                f"code: {one.symbology}, {len(one.text)} characters"
                for one in _Codes.model_validate_json(capture.content).codes
            ]
        case chip.MEDIA_TYPE:
            return _chip(ChipDump.model_validate_json(capture.content))
        case fingers.MEDIA_TYPE:
            taken = FingerCapture.model_validate_json(capture.content)
            return [
                f"{one.position.value}: {one.format.value}, {len(one.record)} bytes, quality {one.quality}"
                for one in taken.records
            ]
    return []


class _Code(BaseModel):
    model_config = ConfigDict(extra="ignore")

    symbology: str
    text: str


class _Codes(BaseModel):
    codes: list[_Code]


def _chip(dump: ChipDump) -> list[str]:
    proofs = {"chip authentication": dump.chip_authentication, "PACE-CAM": dump.pace_cam}
    return [
        f"opened by {dump.access.value}, {dump.exchanges} exchanges, {dump.card_ms:.0f} ms in the card",
        *(f"{name.value}: {len(content)} bytes" for name, content in dump.files.items()),
        *(f"{name.value}: not read, {reason.value}" for name, reason in dump.not_read.items()),
        *(["active authentication: answered"] if dump.active_authentication else []),
        *(f"{name}: {proof.outcome.value}" for name, proof in proofs.items() if proof),
    ]
