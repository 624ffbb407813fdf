"""Lists with their provenance: who vouches for a version, and how a file's columns are read."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
