"""Travellers whom posts look for: at a post whom it was told of, at the capital what it told."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import Json, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ahead_travellers",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("content", Json, nullable=True),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("left_at", UtcDateTime, nullable=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("listed_in", sa.Integer(), nullable=True),
        sa.Column("looked_back_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_ahead_travellers")),
    )
    op.create_index(op.f("ix_ahead_travellers_expires_at"), "ahead_travellers", ["expires_at"])
    op.create_table(
        "alerts_ahead",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("ended_by", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts_ahead")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name=op.f("fk_alerts_ahead_alert_id_alerts")),
    )
    op.create_index(op.f("ix_alerts_ahead_session_id"), "alerts_ahead", ["session_id"])


def downgrade() -> None:
    op.drop_table("alerts_ahead")
    op.drop_table("ahead_travellers")
