"""What an officer says of two faces, why a portrait is missing, the engine that serves, and counts by group."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import Json, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

GALLERY = "ix_face_templates_gallery"
MADE_BY = ("subject_kind", "engine", "version", "calibration")
KEPT = ("liveness_cues", "portrait_exception", "judgements", "live_pictures")


def upgrade() -> None:
    # With the ids in the index, what a gallery should hold is read without touching a single vector.
    op.drop_index(GALLERY, "face_templates")
    op.create_index(GALLERY, "face_templates", [*MADE_BY, "template_id", "subject_id"])
    for kept in KEPT:
        op.add_column("capture_sessions", sa.Column(kept, Json, nullable=True))
    op.add_column("alerts", sa.Column("traveller", Json, nullable=True))
    op.create_table(
        "face_serving",
        sa.Column("serving_id", sa.Uuid(), nullable=False),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("calibration", sa.String(32), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("serving_id", name=op.f("pk_face_serving")),
    )
    key = (
        ("month", 7),
        ("post", 32),
        ("kind", 16),
        ("engine", 32),
        ("version", 160),
        ("sex", 1),
        ("age_band", 8),
        ("nationality_group", 32),
        ("said", 16),
        ("judged", 8),
    )
    op.create_table(
        "face_tallies",
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in key),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*(name for name, _ in key), name=op.f("pk_face_tallies")),
    )


def downgrade() -> None:
    op.drop_table("face_tallies")
    op.drop_table("face_serving")
    op.drop_column("alerts", "traveller")
    for kept in reversed(KEPT):
        op.drop_column("capture_sessions", kept)
    op.drop_index(GALLERY, "face_templates")
    op.create_index(GALLERY, "face_templates", list(MADE_BY))
