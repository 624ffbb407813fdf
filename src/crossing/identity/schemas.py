"""What the identity API speaks."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crossing.identity.passwords import MOST
from crossing.identity.roles import Permission, Role
from crossing.platform.typed import Line

Login = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$")]
"""Lower case, so that nobody gets another's login by its spelling."""

Secret = Annotated[str, Field(min_length=1, max_length=MOST)]
PlainName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Locale = Literal["fr", "en", "ar"]
Roles = Annotated[frozenset[Role], Field(min_length=1)]


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class SignIn(_In):
    """``secret`` is the password, or the one-time code of a first sign-in."""

    login: Annotated[Line, Field(min_length=1, max_length=64)]
    secret: Secret


class NewPassword(_In):
    """``current_password`` may be left out after a sign-in with a one-time code only."""

    new_password: Secret
    current_password: Secret | None = None


class OfficerIn(_In):
    login: Login
    name: PlainName
    roles: Roles
    post: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,15}$")] | None = None
    locale: Locale = "fr"


class OfficerChange(_In):
    """What is left out stays. Any change of roles or of ``active`` ends the officer's sessions."""

    roles: Roles | None = None
    active: bool | None = None


class OfficerOut(_Out):
    """``password_set`` is false until the officer has used the one-time code and chosen a password."""

    id: UUID
    login: str
    name: str
    roles: frozenset[Role]
    post: str | None
    locale: str
    active: bool
    password_set: bool


class OfficerWithCode(_Out):
    """``code`` is shown this once; it is good for one sign-in until ``expires_at``."""

    officer: OfficerOut
    code: str
    expires_at: datetime


class SessionOut(_Out):
    """Who is signed in. ``csrf_token`` belongs in the header ``Crossing-CSRF`` of every request that changes."""

    officer_id: UUID
    login: str
    name: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    post: str | None
    locale: str
    csrf_token: str
    password_required: bool
    expires_at: datetime


class SystemIn(_In):
    """A system of another service. ``a_minute`` is how many questions it may ask in one; a batch counts each."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")]
    owner: Annotated[Line, Field(min_length=1, max_length=200)]
    purpose: Annotated[Line, Field(min_length=1, max_length=64)]
    legal_basis: Annotated[Line, Field(min_length=1, max_length=300)]
    a_minute: Annotated[int, Field(ge=1, le=100_000)] = 600


class SystemOut(_Out):
    name: str
    owner: str
    purpose: str
    legal_basis: str
    a_minute: int
    added_at: datetime
    added_by: str
    revoked_at: datetime | None
