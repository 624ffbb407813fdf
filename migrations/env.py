"""Alembic's entry: one tree for both databases; ``crossing.platform.migrations`` runs it with its own connection."""

from typing import Any

import sqlalchemy as sa
from alembic import context

from crossing import tables
from crossing.platform.db import UtcDateTime
from crossing.platform.migrations import compare_type

connection = context.config.attributes["connection"]


def render(kind: str, item: object, autogenerate_context: Any) -> str | bool:
    """Our two column types by their names; everything else as Alembic writes it."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogenerate_context.imports.add("from crossing.platform.db import Json, UtcDateTime")
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, sa.JSON):
        return "Json"
    return False


context.configure(
    render_item=render,
    connection=connection,
    target_metadata=tables.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=compare_type,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
