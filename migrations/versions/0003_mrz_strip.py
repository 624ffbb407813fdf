"""The MRZ cut out of the page, kept with a session while it lasts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("capture_sessions", sa.Column("mrz_strip", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("capture_sessions", "mrz_strip")
