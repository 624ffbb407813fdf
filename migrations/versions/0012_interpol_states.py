"""Whether each machine of a post asks INTERPOL, by its newest word."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import Json, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interpol_states",
        sa.Column("post", sa.String(32), nullable=False),
        sa.Column("machine", sa.String(32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("news", Json, nullable=False),
        sa.PrimaryKeyConstraint("post", "machine", name=op.f("pk_interpol_states")),
    )


def downgrade() -> None:
    op.drop_table("interpol_states")
