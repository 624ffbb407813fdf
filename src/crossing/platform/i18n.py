"""Languages: French first, then English, then Arabic. English sentences are the message ids.

Catalogues are compiled from the ``.po`` files when the process starts: three small files take milliseconds, and
no build step can be forgotten.
"""

import gettext
import io
from functools import cache
from importlib import resources
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import Request

LOCALES: Final = ("fr", "en", "ar")
DEFAULT: Final = "fr"
COOKIE: Final = "crossing_locale"
RIGHT_TO_LEFT: Final = frozenset({"ar"})


def mark(message: str) -> str:
    """Names a sentence for the catalogues where it is written down but not yet shown."""
    return message


@cache
def translator(locale: str) -> gettext.NullTranslations:
    """The catalogue of ``locale``. English needs none: its sentences are the message ids."""
    source = resources.files("crossing.web") / "locale" / locale / "LC_MESSAGES" / "messages.po"
    if locale == "en" or not source.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def locale_for(request: Request) -> str:
    """The reader's language: a choice made on the page, else what the browser asks for, else French (or what the
    route has instead, see :func:`english_unless_asked`)."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LOCALES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        language = part.split(";")[0].strip().split("-")[0].lower()
        if language in LOCALES:
            return language
    return getattr(request.state, "default_locale", DEFAULT)


def english_unless_asked(request: Request) -> None:
    """A dependency of routes that programs of other services call: what goes wrong is read by their developers."""
    request.state.default_locale = "en"


def translator_for(request: Request) -> gettext.NullTranslations:
    return translator(locale_for(request))
