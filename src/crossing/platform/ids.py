"""Identifiers: UUIDv7 (RFC 9562), so that rows made together lie together in every index."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    return UUID(int=uuid_utils.uuid7().int)
