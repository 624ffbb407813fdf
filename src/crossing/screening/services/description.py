"""How a service is described in the file of services: where it is, what it answers, how it is asked and read.

docs/operations/watchlist-services.md has worked examples. Everything that is wrong is found when the file is read; a
post does not start with a file that it can't use, for a service that is silently left out would be a check that is
silently not made.
"""

import re
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from crossing.screening.schemas import Reason
from crossing.screening.services.expressions import Expression, JmesPath

RESERVED_CODES: Final = frozenset({"interpol", "national_server", "chip"})
"""Sources of other checks."""

MAX_SERVICES: Final = 16

_OWN_HEADERS: Final = frozenset({"content-type", "content-length", "host", "transfer-encoding", "connection"})
_FIELD_NAME: Final = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"

HeaderName = Annotated[str, StringConstraints(pattern=_FIELD_NAME)]
"""A field name of RFC 9110 section 5.1."""

HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]*$", max_length=1000)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class Subjects(StrEnum):
    """What a service can be asked about."""

    PERSONS = "persons"
    DOCUMENTS = "documents"
    VEHICLES = "vehicles"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Names(_Table):
    """The service's name in each language of the pages."""

    fr: Line
    en: Line
    ar: Line


class Tls(_Table):
    """``authority`` signed the service's certificate; without it the machine's own authorities count. ``certificate``
    and ``key`` are what this post shows (all PEM)."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class Secret(_Table):
    """A header whose value stands in a file of one line, behind ``prefix``."""

    header: HeaderName
    prefix: HeaderValue = ""
    file: Path


class BreakerLimits(_Table):
    failures: Annotated[int, Field(ge=1, le=100)] = 5
    reset_s: Annotated[float, Field(gt=0, le=3600)] = 30.0


class Asking(_Table):
    """``body``: an expression, or a table or array whose texts are expressions; numbers and booleans go as they are.
    What an expression does not know is left out."""

    body: Any
    idempotency_header: HeaderName = "Idempotency-Key"

    @field_validator("body")
    @classmethod
    def _compiled(cls, body: object) -> object:
        return _compile(body, "body")


class Failing(_Table):
    """An answer in which the service says that it failed: the first whose ``when`` is true counts."""

    when: JmesPath
    reason: Literal["backend_error", "refused", "throttled", "unsupported"] = "backend_error"

    @property
    def as_reason(self) -> Reason:
        return Reason(self.reason)


class HitFields(_Table):
    """Where in one entry of the answer an officer's words stand. ``certain``: true for an entry that is the one that
    was asked about; without it each is a possibility."""

    reference: JmesPath
    label: JmesPath
    certain: JmesPath | None = None
    score: JmesPath | None = None
    score_range: tuple[float, float] = (0.0, 1.0)
    explanations: JmesPath | None = None
    action: JmesPath | None = None
    caution: JmesPath | None = None
    list_name: JmesPath | None = None

    @field_validator("score_range")
    @classmethod
    def _a_range(cls, ends: tuple[float, float]) -> tuple[float, float]:
        if not ends[0] < ends[1]:
            raise ValueError("the lower end of the range comes first")
        return ends


class Answering(_Table):
    """How an answer is read. ``clear`` has to be exactly true in an answer that says "nothing found"."""

    clear: JmesPath
    hits: JmesPath
    hit: HitFields
    failed: tuple[Failing, ...] = ()
    as_of: JmesPath | None = None
    max_age_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    version: JmesPath | None = None
    statuses: tuple[Literal[200, 201, 202, 203, 404], ...] = (200,)

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.max_age_days is not None and self.as_of is None:
            raise ValueError("max_age_days needs as_of: where the answer tells the date of its list")
        return self


class Description(_Table):
    """One service."""

    code: Code
    name: Names
    answers: Annotated[frozenset[Subjects], Field(min_length=1)]
    url: str
    method: Literal["POST", "PUT"] = "POST"
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 4.0
    tls: Tls = Tls()
    secret: Secret | None = None
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    breaker: BreakerLimits = BreakerLimits()
    request: Asking
    answer: Answering

    @field_validator("code")
    @classmethod
    def _not_taken(cls, code: str) -> str:
        if code in RESERVED_CODES:
            raise ValueError(f"{code} is the program's own word for another source")
        return code

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return _safe_url(url)

    @field_validator("headers")
    @classmethod
    def _not_ours(cls, headers: dict[str, str]) -> dict[str, str]:
        if taken := sorted(name for name in headers if name.lower() in _OWN_HEADERS):
            raise ValueError(f"{', '.join(taken)}: the program sets this itself")
        return headers

    @model_validator(mode="after")
    def _tls_of_https(self) -> Self:
        if not self.url.startswith("https:") and self.tls != Tls():
            raise ValueError("tls is for an address that begins with https")
        return self


class ServicesFile(_Table):
    service: Annotated[tuple[Description, ...], Field(min_length=1, max_length=MAX_SERVICES)]

    @field_validator("service")
    @classmethod
    def _each_once(cls, services: tuple[Description, ...]) -> tuple[Description, ...]:
        codes = [one.code for one in services]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"the code {', '.join(twice)} is given twice")
        return services


class NamedService(BaseModel):
    """The name alone of a service that is asked elsewhere."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: Code
    name: Names


class NamedServices(BaseModel):
    """The same file where nobody asks: what else it describes need not be usable here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: Annotated[tuple[NamedService, ...], Field(min_length=1, max_length=MAX_SERVICES)]


def _safe_url(url: str) -> str:
    """``url``, where it leads to one place over TLS, or to this machine itself. Raises ValueError."""
    if not re.fullmatch(r"[\x21-\x7e]+", url):
        raise ValueError("an address has no blanks and no letters outside ASCII")
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("not an address such as https://lists.example/match")
    parts.port  # noqa: B018 - raises ValueError for a port that can't be one
    if parts.username is not None or parts.password is not None:
        raise ValueError("no password in an address: use secret")
    if parts.fragment:
        raise ValueError("an address of a service has no fragment")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return url
    raise ValueError("travellers' data go over https only; plain http to this machine itself alone")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _compile(template: object, place: str) -> object:
    """The template with an :class:`Expression` for each text. Raises ValueError that names the place."""
    match template:
        case str():
            try:
                return Expression(template)
            except ValueError as error:
                raise ValueError(f"{place}: {error}") from error
        case dict():
            return {str(name): _compile(value, f"{place}.{name}") for name, value in template.items()}
        case list() | tuple():
            return [_compile(value, f"{place}[{number}]") for number, value in enumerate(template)]
        case bool() | int() | float() | Expression():
            return template
    raise ValueError(f"{place}: a text, a number, true, false, a table or an array")
