"""Where the audit trail is plugged into the rooms that it stands on: they know only the shape of it."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

Actor_contra = TypeVar("Actor_contra", contravariant=True)


class Record(Protocol[Actor_contra]):
    """``Audit.record``, handed over by ``bootstrap``; the entry belongs to the session's transaction."""

    def __call__(
        self,
        session: Session,
        *,
        actor: Actor_contra,
        action: str,
        subject_kind: str,
        subject_id: str,
        purpose: str,
        detail: Mapping[str, str | int | float | bool | None] = ...,
    ) -> None: ...
