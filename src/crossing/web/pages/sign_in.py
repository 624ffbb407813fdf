"""Coming in and going out: sign-in, the first password, the language."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from crossing.identity.dependencies import (
    caller_address,
    current_session,
    refuse_cross_site,
    session_of,
    signed_in_without_password,
)
from crossing.identity.errors import CurrentPasswordWrong
from crossing.identity.principal import Principal
from crossing.identity.service import IdentityService
from crossing.platform.errors import DomainError
from crossing.platform.i18n import COOKIE, LOCALES, translator_for
from crossing.platform.problems import STATUS
from crossing.platform.typed import FormLine
from crossing.web.errors import sentence
from crossing.web.pages.context import database
from crossing.web.rendering import Surface, render

router = APIRouter(include_in_schema=False)

PUBLIC_PATHS: Final = frozenset({"/", "/sign-in", "/locale"})
"""Open to anyone: they show nothing but the way in."""

_OWN_PATH: Final = re.compile(r"/(?!/)[A-Za-z0-9/_-]*")
_YEAR_S: Final = 365 * 24 * 3600

AnyOfficer = Annotated[Principal, Depends(signed_in_without_password)]
Word = Annotated[str, Form(max_length=256)]


@router.get("/")
def start(request: Request) -> Response:
    session = current_session(request)
    return RedirectResponse(_home(request, session.principal) if session else "/sign-in", status_code=303)


@router.get("/sign-in")
def ask(request: Request, next_page: Annotated[str, Query(alias="next", max_length=200)] = "") -> Response:
    session = current_session(request)
    if session is not None:
        return RedirectResponse(_safe(request, next_page, session.principal), status_code=303)
    return render(request, "sign_in.html", {"errors": {}, "login": "", "next": next_page})


@router.post("/sign-in", dependencies=[Depends(refuse_cross_site)])
def sign_in(
    request: Request,
    login: Annotated[FormLine, Form(max_length=64)] = "",
    password: Word = "",
    next_page: Annotated[str, Form(alias="next", max_length=200)] = "",
) -> Response:
    try:
        signed_in = _identity(request).sign_in(
            database(request), login=login, secret=password, address=caller_address(request)
        )
    except DomainError as error:
        facts = {"errors": {"login": sentence(request, error)}, "login": login, "next": next_page}
        return render(request, "sign_in.html", facts, status=STATUS[error.kind])
    session = signed_in.session
    target = "/password" if session.password_required else _safe(request, next_page, session.principal)
    response = RedirectResponse(target, status_code=303)
    _identity(request).cookie.set(response, signed_in.token)
    if request.cookies.get(COOKIE) not in LOCALES:
        _remember(response, session.principal.locale)
    return response


@router.post("/sign-out")
def sign_out(request: Request, officer: AnyOfficer) -> Response:
    cookie = _identity(request).cookie
    with database(request).unit_of_work() as session:
        _identity(request).sign_out(session, principal=officer, token=request.cookies[cookie.name])
    response = RedirectResponse("/sign-in", status_code=303)
    cookie.clear(response)
    return response


@router.get("/password")
def ask_password(request: Request, _officer: AnyOfficer) -> Response:
    return _password_page(request, {}, 200)


@router.post("/password")
def set_password(
    request: Request, officer: AnyOfficer, password: Word = "", again: Word = "", current: Word = ""
) -> Response:
    if password != again:
        unequal = translator_for(request).gettext("The two passwords are not the same.")
        return _password_page(request, {"again": unequal}, 422)
    try:
        _identity(request).set_password(
            database(request),
            token=request.cookies[_identity(request).cookie.name],
            new_password=password,
            current_password=current or None,
            address=caller_address(request),
        )
    except DomainError as error:
        field = "current" if isinstance(error, CurrentPasswordWrong) else "password"
        return _password_page(request, {field: sentence(request, error)}, STATUS[error.kind])
    return RedirectResponse(_home(request, officer), status_code=303)


@router.post("/locale")
def choose_language(
    locale: Annotated[str, Form(max_length=2)], back: Annotated[str, Form(max_length=200)] = "/"
) -> Response:
    response = RedirectResponse(back if _OWN_PATH.fullmatch(back) else "/", status_code=303)
    if locale in LOCALES:
        _remember(response, locale)
    return response


def _password_page(request: Request, errors: dict[str, str], status: int) -> Response:
    facts = {"errors": errors, "needs_current": not session_of(request).password_required}
    return render(request, "password.html", facts, status=status)


def _remember(response: Response, locale: str) -> None:
    response.set_cookie(COOKIE, locale, max_age=_YEAR_S, path="/", httponly=True, samesite="lax")


def _home(request: Request, reader: Principal) -> str:
    surface: Surface = request.app.state.surface
    return surface.home_of(reader)


def _safe(request: Request, path: str, reader: Principal) -> str:
    """``path`` where it is one of ours: a link may not send an officer who signed in to another site."""
    return path if path != "/" and _OWN_PATH.fullmatch(path) else _home(request, reader)


def _identity(request: Request) -> IdentityService:
    service: IdentityService = request.app.state.identity
    return service
