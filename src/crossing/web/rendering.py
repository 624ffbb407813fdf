"""From a page's template and its facts to HTML in the reader's language."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.identity.sessions import CurrentSession
from crossing.platform.i18n import LOCALES, RIGHT_TO_LEFT, locale_for, mark, translator
from crossing.platform.logs import correlation_id
from crossing.screening.services.description import Names
from crossing.web import filters, words
from crossing.web.faces import face_light, words_kept

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"

LANGUAGES: Final = {"fr": "Français", "en": "English", "ar": "العربية"}
"""Each language in its own words: who can't read the page must still find it."""


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A place in the header. ``permissions``: with any of them a reader is shown it."""

    path: str
    label: str
    permissions: frozenset[Permission]

    @classmethod
    def to(cls, path: str, label: str, *permissions: Permission) -> Self:
        return cls(path, label, frozenset(permissions))

    def is_for(self, reader: Principal) -> bool:
        return any(map(reader.may, self.permissions))


@dataclass(frozen=True, slots=True)
class Surface:
    """Which service these pages belong to: ``kind`` is ``post`` or ``capital``, ``place`` the name people know.

    ``sources``: the watchlist services, by their codes, with their names in each language: a check keeps the French
    one alone.
    """

    kind: str
    place: str
    navigation: tuple[NavigationLink, ...]
    sources: Mapping[str, Names] = field(default_factory=dict)

    def source_names(self, locale: str) -> dict[str, str]:
        """By code, and by the French name: what another post found says no more of a service."""
        by_french = {names.fr: getattr(names, locale) for names in self.sources.values()}
        return by_french | {code: getattr(names, locale) for code, names in self.sources.items()}

    def home_of(self, reader: Principal) -> str:
        """The first place of the header that ``reader`` may see: a role's start page is never one that refuses it."""
        return next((link.path for link in self.navigation if link.is_for(reader)), self.navigation[-1].path)


FIGURES_READERS: Final = (Permission.AUDIT_READ, Permission.REFERRALS_RESOLVE, Permission.NATION_SEARCH)
"""As at the API: who answers for how travellers are judged, at a post and over all of them."""

INTERPOL_READERS: Final = (Permission.REFERRALS_RESOLVE, Permission.POSTS_MANAGE)
"""Who answers at a post for what is asked of INTERPOL; officers see its state in the strip."""

POST_NAVIGATION: Final = (
    NavigationLink.to("/lanes", mark("Lanes"), Permission.TRAVELLERS_REGISTER),
    NavigationLink.to("/referrals", mark("Second line"), Permission.REFERRALS_RESOLVE),
    NavigationLink.to("/movements", mark("Movements"), Permission.MOVEMENTS_READ),
    NavigationLink.to("/lists", mark("Lists"), Permission.LISTS_READ),
    NavigationLink.to("/faces/figures", mark("Faces by group"), *FIGURES_READERS),
    NavigationLink.to("/interpol", "INTERPOL", *INTERPOL_READERS),
    NavigationLink.to("/status", mark("Post status"), Permission.STATUS_READ),
)

CAPITAL_NAVIGATION: Final = (
    NavigationLink.to("/search", mark("Search"), Permission.NATION_SEARCH),
    NavigationLink.to("/alerts", mark("Alerts"), Permission.NATION_SEARCH),
    NavigationLink.to("/lists", mark("Lists"), Permission.LISTS_READ),
    NavigationLink.to("/faces/figures", mark("Faces by group"), *FIGURES_READERS),
    NavigationLink.to("/interpol/posts", "INTERPOL", Permission.STATUS_READ),
    NavigationLink.to("/posts", mark("Posts"), Permission.STATUS_READ),
)


class ImmutableFiles(StaticFiles):
    """Static files under an address that changes with their content, so that a browser keeps them for good."""

    async def get_response(self, path: str, scope: Scope) -> Any:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


@cache
def static_base() -> str:
    """The path under which the static files of this version lie."""
    digest = hashlib.sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode())
        digest.update(path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


@cache
def environment(locale: str) -> jinja2.Environment:
    """The templates in one language. Everything put into them is escaped; a missing name is an error."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = translator(locale)
    env.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    env.globals.update(
        locale=locale,
        text_direction="rtl" if locale in RIGHT_TO_LEFT else "ltr",
        languages={code: LANGUAGES[code] for code in LOCALES},
        static_base=static_base(),
        words=words.Words(locale),
        face_light=face_light,
        words_kept=words_kept,
    )
    env.filters.update(filters.for_locale(locale, catalogue.gettext))
    return env


def render(
    request: Request,
    template: str,
    facts: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page or fragment ``template`` with ``facts``, in the reader's language."""
    surface: Surface = request.app.state.surface
    session: CurrentSession | None = getattr(request.state, "current_session", None)
    locale = locale_for(request)
    html = (
        environment(locale)
        .get_template(template)
        .render(
            {
                "surface": surface,
                "principal": session.principal if session else None,
                "csrf_token": session.csrf_token if session else "",
                "path": request.url.path,
                "source_names": surface.source_names(locale),
                "correlation_id": correlation_id(),
                **(facts or {}),
            }
        )
    )
    return HTMLResponse(html, status_code=status, headers={"Content-Language": locale, **(headers or {})})


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page rather than the browser for a whole one."""
    return request.headers.get("hx-request") == "true"
