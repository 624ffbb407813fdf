"""Lists with their provenance: who vouches for a version, and how a file's columns are read."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import Json, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ON_LISTS = {"staging": sa.Integer(), "provenance": Json, "defaults": Json, "mapping": Json}
ON_PERSONS = {"portrait_file": sa.String(130)}
ON_VERSIONS = {
    "provenance": Json,
    "format": sa.String(32),
    "max_age_days": sa.Integer(),
    "content_digest": sa.String(64),
    "signature": sa.String(128),
}
OWNER = "ix_watchlist_documents_entry_id"
STATES = "state IN ('waiting', 'running', 'finished', 'refused', 'cancelled', 'interrupted')"


def upgrade() -> None:
    for name, kind in ON_LISTS.items():
        op.add_column("watchlists", sa.Column(name, kind, nullable=True))
    for name, kind in ON_VERSIONS.items():
        op.add_column("watchlist_versions", sa.Column(name, kind, nullable=True))
    for name, kind in ON_PERSONS.items():
        op.add_column("watchlist_entries", sa.Column(name, kind, nullable=True))
    # A person who leaves a list takes documents along; without it each such person costs a look at every document.
    op.create_index(OWNER, "watchlist_documents", ["entry_id"])
    op.create_table(
        "watchlist_endings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_code", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("source_expires_on", sa.Date(), nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=False),
        sa.Column("ended_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_code"], ["watchlists.code"], name=op.f("fk_watchlist_endings_list_code_watchlists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_endings")),
        sa.UniqueConstraint("list_code", "reference", name=op.f("uq_watchlist_endings_list_code_reference")),
    )
    op.create_table(
        "watchlist_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_code", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("problem", Json, nullable=True),
        sa.CheckConstraint(STATES, name=op.f("ck_watchlist_imports_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_imports")),
    )
    op.create_index("ix_watchlist_imports_list", "watchlist_imports", ["list_code", "asked_at"])


def downgrade() -> None:
    op.drop_table("watchlist_imports")
    op.drop_table("watchlist_endings")
    op.drop_index(OWNER, "watchlist_documents")
    for name in reversed(ON_PERSONS):
        op.drop_column("watchlist_entries", name)
    for name in reversed(ON_VERSIONS):
        op.drop_column("watchlist_versions", name)
    for name in reversed(ON_LISTS):
        op.drop_column("watchlists", name)
