"""Bar codes and two-dimensional codes that were shown to a lane's reader: untrusted text."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossing.documents.mrz import parse
from crossing.lanes.schemas import CodeView
from crossing.platform.logs import log
from crossing.platform.typed import on_lines, on_one_line
from crossing.posts.device_errors import DeviceGarbled

_MOST_CODES: Final = 16
_MOST_TEXT: Final = 4096
"""More than any code that is printed on a document holds (a QR code: 4,296 letters, ISO/IEC 18004 table 7)."""


class _Code(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    symbology: Annotated[str, Field(max_length=32)]
    text: str


class _Codes(BaseModel):
    """``application/vnd.crossing.codes+json``."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    codes: tuple[_Code, ...]


def read_codes(content: bytes) -> tuple[CodeView, ...]:
    """The first codes of a capture, each cut to a bound. Raises :class:`DeviceGarbled`."""
    try:
        found = _Codes.model_validate_json(content).codes
    except ValidationError as error:
        log.warning("codes_garbled", fields=error.error_count())
        raise DeviceGarbled from error
    return tuple(
        CodeView(symbology=on_one_line(code.symbology), text=on_lines(code.text[:_MOST_TEXT]))
        for code in found[:_MOST_CODES]
    )


def mrz_among(codes: Iterable[CodeView], *, today: date) -> tuple[str, ...] | None:
    """The lines of the first code that is an MRZ which holds; None where there is none."""
    for code in codes:
        lines = tuple(line.strip() for line in code.text.split("\n") if line.strip())
        if 0 < len(lines) <= 3 and parse(lines, today=today).valid:
            return lines
    return None
