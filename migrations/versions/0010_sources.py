"""Systems elsewhere that ask here, and the vehicle that a traveller crosses in."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import Json, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CROSSED_IN = ("capture_sessions", "movements")


def upgrade() -> None:
    op.create_table(
        "asking_systems",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("legal_basis", sa.String(300), nullable=False),
        sa.Column("a_minute", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asking_systems")),
        sa.UniqueConstraint("name", name=op.f("uq_asking_systems_name")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_asking_systems_key_hash")),
    )

    for table in CROSSED_IN:
        op.add_column(table, sa.Column("vehicle", Json, nullable=True))


def downgrade() -> None:
    for table in reversed(CROSSED_IN):
        op.drop_column(table, "vehicle")
    op.drop_table("asking_systems")
