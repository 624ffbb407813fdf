"""What people and other systems write, as types: text without control characters, instants that a calendar has.

Neither database keeps a NUL in a text the way the other does, and PostgreSQL refuses it: a name with one, taken in at
a post, could never arrive at the capital.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, StringConstraints
from pydantic_core import PydanticCustomError

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LAYOUT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "a line of text has no control characters")
    return text


def _some_lines(text: str) -> str:
    if _CONTROL_BUT_LAYOUT.search(text):
        raise PydanticCustomError("control_character", "text has no control characters but line ends and tabs")
    return text


def _utc_if_unsaid(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _on_the_calendar(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("instant_out_of_range", "no calendar has this instant") from None


Line = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_one_line)]
"""One line as a person typed it; blanks around it fall away."""

Lines = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_some_lines)]
"""Text that may have several lines."""

Instant = Annotated[AwareDatetime, AfterValidator(_on_the_calendar)]
"""An instant with its time zone, turned to UTC."""

LooseInstant = Annotated[datetime, AfterValidator(_utc_if_unsaid), AfterValidator(_on_the_calendar)]
"""An instant that means UTC where it names no zone."""


def on_one_line(text: str) -> str:
    """``text`` with a blank for each control character: for what can't be refused, or only where it is told beside
    the field."""
    return _CONTROL.sub(" ", text)


def on_lines(text: str) -> str:
    """The same, but line ends and tabs stay."""
    return _CONTROL_BUT_LAYOUT.sub(" ", text)


FormLine = Annotated[str, AfterValidator(on_one_line)]
"""A field of a page's form: a tab that was pasted with a name is no reason to stop."""

FormLines = Annotated[str, AfterValidator(on_lines)]
"""A field of several lines of a page's form."""
