"""The devices of a lane for chips, swiped lines, codes and fingers, and what a session keeps of them."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DEVICES = ("chip_device", "swipe_device", "code_device", "finger_device")
KEPT = ("chip", "fingers", "codes")


def upgrade() -> None:
    for device in DEVICES:
        op.add_column("lanes", sa.Column(device, sa.String(length=128), nullable=True))
    for kept in KEPT:
        op.add_column("capture_sessions", sa.Column(kept, Json, nullable=True))


def downgrade() -> None:
    for kept in reversed(KEPT):
        op.drop_column("capture_sessions", kept)
    for device in reversed(DEVICES):
        op.drop_column("lanes", device)
