"""The feed from the capital to the posts: what is published, how far a post has pulled, what it put aside."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _at_the_capital()
    _at_a_post()


def downgrade() -> None:
    for table in ("feed_aside", "feed_cursors", "feed_items", "feed_heads"):
        op.drop_table(table)


def _at_the_capital() -> None:
    op.create_table(
        "feed_heads",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("feed_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_heads")),
    )
    op.create_table(
        "feed_items",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("not_to_post", sa.String(32), nullable=True),
        sa.Column("not_to_machine", sa.String(32), nullable=True),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.Column("mark", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_feed_items")),
        sa.UniqueConstraint("item_id", name=op.f("uq_feed_items_item_id")),
    )
    op.create_index(op.f("ix_feed_items_expires_at"), "feed_items", ["expires_at"])


def _at_a_post() -> None:
    op.create_table(
        "feed_cursors",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("feed_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(32), nullable=False),
        sa.Column("pulled_at", UtcDateTime, nullable=True),
        sa.Column("diverged_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_cursors")),
    )
    op.create_table(
        "feed_aside",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_feed_aside")),
    )
    op.create_index(op.f("ix_feed_aside_expires_at"), "feed_aside", ["expires_at"])
