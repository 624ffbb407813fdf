"""Triggers that make a table append-only in the database itself, whatever the code above it does."""

from collections.abc import Sequence

_MESSAGE = "{table} is append-only"


def protect(dialect: str, table: str, *, columns: Sequence[str] = ()) -> list[str]:
    """The statements that forbid deleting from ``table`` and updating it (or only ``columns``, where given)."""
    message = _MESSAGE.format(table=table)
    if dialect == "sqlite":
        of = f" OF {', '.join(columns)}" if columns else ""
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
        ]
    of = f" OF {', '.join(columns)}" if columns else ""
    return [
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    ]


def unprotect(dialect: str, table: str) -> list[str]:
    """The statements that take :func:`protect` back, for a migration on its way down."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_update", f"DROP TRIGGER IF EXISTS {table}_no_delete"]
    return [
        *(f"DROP TRIGGER IF EXISTS {table}_{what} ON {table}" for what in ("no_update", "no_delete", "no_truncate")),
        f"DROP FUNCTION IF EXISTS {table}_append_only()",
    ]
