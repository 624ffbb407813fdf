"""Which language a reader is answered in."""

import pytest
from starlette.requests import Request

from crossing.platform.i18n import LOCALES, locale_for, translator


def request(accept: str | None = None, cookie: str | None = None) -> Request:
    headers = [(b"accept-language", accept.encode())] if accept is not None else []
    if cookie is not None:
        headers.append((b"cookie", f"crossing_locale={cookie}".encode()))
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "fr"),
        ("", "fr"),
        ("ar", "ar"),
        ("ar-TD,fr;q=0.8", "ar"),
        ("EN-gb", "en"),
        ("de, en;q=0.7, ar;q=0.5", "en"),
        ("de,ha", "fr"),
        (";;,,=", "fr"),
    ],
)
def test_the_browser_s_first_language_that_is_spoken_here_counts(accept: str | None, expected: str) -> None:
    assert locale_for(request(accept)) == expected


def test_a_choice_made_on_the_page_goes_before_the_browser_s() -> None:
    assert locale_for(request("fr", cookie="ar")) == "ar"


def test_a_choice_of_a_language_that_is_not_there_is_no_choice() -> None:
    assert locale_for(request("en", cookie="../../etc/passwd")) == "en"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_has_its_catalogue(locale: str) -> None:
    sentence = "The request could not be carried out."
    translated = translator(locale).gettext(sentence)
    assert (translated == sentence) == (locale == "en")
