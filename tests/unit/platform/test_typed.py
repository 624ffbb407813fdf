"""What people and other systems write: refused where it can be, made keepable where it can't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from crossing.platform.typed import FormLine, FormLines, Instant, Line, Lines, LooseInstant


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_line_is_taken_as_it_is_or_refused(inside: str) -> None:
    text = f"A{inside}Z"
    if not any(character < " " or "\x7f" <= character <= "\x9f" for character in text):
        assert TypeAdapter(Line).validate_python(f"  {text} ") == text
    else:
        with pytest.raises(ValidationError, match="control characters"):
            TypeAdapter(Line).validate_python(text)


def test_several_lines_keep_their_ends_and_tabs() -> None:
    assert TypeAdapter(Lines).validate_python(" one\n\ttwo ") == "one\n\ttwo"
    with pytest.raises(ValidationError, match="control characters"):
        TypeAdapter(Lines).validate_python("one\0two")


def test_a_form_is_never_refused_for_a_control_character() -> None:
    assert TypeAdapter(FormLine).validate_python("KONÉ\tAWA\0") == "KONÉ AWA "
    assert TypeAdapter(FormLines).validate_python("a\nb\x1b") == "a\nb "


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_no_calendar_has_is_refused(text: str) -> None:
    for kind in (Instant, LooseInstant):
        with pytest.raises(ValidationError, match="no calendar"):
            TypeAdapter(kind).validate_python(text)


def test_an_instant_without_a_zone_is_refused_or_means_utc() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python("2031-03-01T08:00:00")
    assert TypeAdapter(LooseInstant).validate_python("2031-03-01T08:00:00").isoformat() == "2031-03-01T08:00:00+00:00"
    assert TypeAdapter(Instant).validate_python("2031-03-01T08:00:00+02:00").hour == 6
