"""Who was found not to be a listed person, and how far the travellers before were screened again."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import UtcDateTime
from crossing.platform.db.append_only import protect, unprotect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APPEND_ONLY = ("clearances", "clearance_revocations")


def upgrade() -> None:
    op.create_table(
        "clearances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("traveller", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("list_code", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("first_officer", sa.String(64), nullable=False),
        sa.Column("second_officer", sa.String(64), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("cleared_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("first_officer <> second_officer", name=op.f("ck_clearances_officers")),
        sa.CheckConstraint("kind IN ('name_list', 'face_list')", name=op.f("ck_clearances_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearances")),
    )
    op.create_index("ix_clearances_traveller", "clearances", ["traveller", "list_code"])
    op.create_index("ix_clearances_referral", "clearances", ["referral_id"])
    op.create_table(
        "clearance_revocations",
        sa.Column("clearance_id", sa.Uuid(), nullable=False),
        sa.Column("revoked_by", sa.String(64), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["clearance_id"], ["clearances.id"], name=op.f("fk_clearance_revocations_clearance_id_clearances")
        ),
        sa.PrimaryKeyConstraint("clearance_id", name=op.f("pk_clearance_revocations")),
    )
    op.create_table(
        "rescreenings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("back_at", UtcDateTime(), nullable=False),
        sa.Column("back_id", sa.Uuid(), nullable=False),
        sa.Column("on_at", UtcDateTime(), nullable=False),
        sa.Column("on_id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescreenings")),
    )
    op.create_index("ix_rescreenings_began", "rescreenings", ["began_at"])
    op.create_index("ix_capture_sessions_closed", "capture_sessions", ["closed_at", "session_id"])
    for table in APPEND_ONLY:
        for statement in protect(op.get_bind().dialect.name, table):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unprotect(op.get_bind().dialect.name, table):
            op.execute(statement)
    op.drop_index("ix_capture_sessions_closed", table_name="capture_sessions")
    op.drop_table("rescreenings")
    op.drop_table("clearance_revocations")
    op.drop_table("clearances")
