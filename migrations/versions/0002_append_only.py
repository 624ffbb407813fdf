"""Tables that prove something can be added to and nothing else, whatever the code above them does."""

from alembic import op

from crossing.platform.db.append_only import protect, unprotect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "audit_entries",
    "checks",
    "inbox_alarms",
    "inbox_events",
    "inbox_forks",
    "movement_keys",
    "movements",
    "outbox_blobs",
    "outbox_events",
    "receipts",
    "sender_instances",
    "watchlist_versions",
)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in TABLES:
        for statement in protect(dialect, table):
            op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in TABLES:
        for statement in unprotect(dialect, table):
            op.execute(statement)
