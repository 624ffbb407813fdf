"""At the capital: the sessions of which the posts could not be told, until they are."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts_untold",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(32), nullable=False),
        sa.Column("machine", sa.String(32), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_alerts_untold")),
    )
    op.create_index(op.f("ix_alerts_untold_next_at"), "alerts_untold", ["next_at"])


def downgrade() -> None:
    # The release before knows no such word, and tells an analyst what the posts were told.
    op.execute("UPDATE alerts_ahead SET ended_by = 'no_longer_a_hit' WHERE ended_by = 'restricted'")
    op.drop_table("alerts_untold")
