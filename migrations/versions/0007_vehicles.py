"""Listed vehicles."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LISTED = {
    "action": 300,
    "caution": 300,
    "handling": 300,
    "notice_colour": 16,
    "legal_basis": 300,
    "authority": 200,
    "owner": 200,
}
VEHICLE = {
    "plate": 32,
    "plate_key": 32,
    "country": 3,
    "vin": 17,
    "make": 60,
    "model": 60,
    "colour": 60,
    "reason": 300,
}


def upgrade() -> None:
    op.create_table(
        "watchlist_vehicles",
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in VEHICLE.items()),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_code", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("added_in", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in LISTED.items()),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_code"], ["watchlists.code"], name=op.f("fk_watchlist_vehicles_list_code_watchlists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_vehicles")),
        sa.UniqueConstraint(
            "list_code", "reference", "added_in", name=op.f("uq_watchlist_vehicles_list_code_reference_added_in")
        ),
    )
    op.create_index("ix_watchlist_vehicles_served", "watchlist_vehicles", ["list_code", "removed_in"])
    op.create_index("ix_watchlist_vehicles_plate", "watchlist_vehicles", ["plate_key"])
    op.create_index("ix_watchlist_vehicles_vin", "watchlist_vehicles", ["vin"])


def downgrade() -> None:
    op.drop_table("watchlist_vehicles")
