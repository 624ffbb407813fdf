"""Problems as pages: what a person's browser gets where a machine gets JSON."""

import json
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from crossing.identity.errors import NotSignedIn, PasswordRequired
from crossing.lanes.schemas import SessionState
from crossing.platform.errors import DomainError
from crossing.platform.i18n import locale_for, translator_for
from crossing.web.rendering import is_fragment, render
from crossing.web.words import Words

_MACHINE_PATHS: Final = ("/api/", "/sync/", "/health/", "/metrics", "/static/")

Handler = Callable[[Request, Exception], Response]


def install(app: FastAPI) -> None:
    """Let every problem that a page runs into be a page. Call after ``platform.problems.install``."""
    for key, handler in list(app.exception_handlers.items()):
        app.exception_handlers[key] = _as_page(handler)  # type: ignore[arg-type]


def sentence(request: Request, error: DomainError) -> str:
    """What ``error`` says, in the reader's language."""
    params = dict(error.params)
    if (state := str(params.get("state"))) in set(SessionState):
        params["state"] = Words(locale_for(request)).of(SessionState(state))
    return translator_for(request).gettext(error.message).format(**params)


def _as_page(answer_machine: Handler) -> Handler:
    def answer(request: Request, error: Exception) -> Response:
        response = answer_machine(request, error)
        if not _wants_page(request):
            return response
        if isinstance(error, NotSignedIn):
            return _go(request, f"/sign-in?next={quote(request.url.path)}" if request.method == "GET" else "/sign-in")
        if isinstance(error, PasswordRequired):
            return _go(request, "/password")
        facts = {"title": json.loads(bytes(response.body))["title"], "status": response.status_code}
        if is_fragment(request):
            # What is on the screen stays; the sentence goes above it.
            where = {"HX-Retarget": "#problems", "HX-Reswap": "innerHTML"}
            return render(request, "error_fragment.html", facts, status=response.status_code, headers=where)
        return render(request, "error.html", facts, status=response.status_code)

    return answer


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith(_MACHINE_PATHS) and "text/html" in request.headers.get("accept", "")


def _go(request: Request, path: str) -> Response:
    """To another page; htmx needs to be told in a header, or it would put that page into this one."""
    if is_fragment(request):
        return Response(status_code=200, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)
