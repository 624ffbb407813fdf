"""What the audit API speaks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Json


class AuditEntryOut(BaseModel):
    """One entry. ``detail`` is an object of plain values."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: UUID
    sequence: int
    recorded_at: datetime
    actor_id: UUID
    actor_login: str
    actor_kind: str
    actor_post: str | None
    action: str
    subject_kind: str
    subject_id: str
    purpose: str
    detail: Json[dict[str, Any]]
    hash: str


class AuditPage(BaseModel):
    """``next_before`` is the ``before`` of the next page, or null at the end."""

    model_config = ConfigDict(frozen=True)

    entries: list[AuditEntryOut]
    next_before: int | None
