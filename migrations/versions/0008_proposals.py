"""Entries made by hand, which take two persons."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import Json, UtcDateTime
from crossing.platform.db.append_only import protect, unprotect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LASTING = (
    "id", "list_code", "number", "reference", "change", "proposer_id", "proposed_by", "proposed_at",
)  # fmt: skip
DECIDED = ("proposal_id", "proposer_id", "decision", "decider_id", "decided_by", "decided_at")
EMPTIED = ("content", "portrait", "portrait_sha256", "note")
"""What says something of a person: it may go, where the proposal was refused or withdrawn, and never change."""

_MESSAGE = "entry_proposals is append-only"
_SETTLED = "SELECT 1 FROM entry_decisions WHERE proposal_id = OLD.id AND decision IN ('refused', 'withdrawn')"
_CHANGED = "NEW.content IS NOT NULL OR NEW.portrait IS NOT NULL OR NEW.portrait_sha256 IS NOT NULL OR NEW.note <> ''"


def upgrade() -> None:
    op.create_table(
        "entry_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_code", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("change", sa.String(8), nullable=False),
        sa.Column("content", Json, nullable=True),
        sa.Column("portrait", sa.LargeBinary(), nullable=True),
        sa.Column("portrait_sha256", sa.String(64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposer_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.Column("applied_in", sa.Integer(), nullable=True),
        sa.Column("apply_trouble", sa.String(64), nullable=True),
        sa.Column("apply_attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_proposals")),
        sa.UniqueConstraint("list_code", "number", name=op.f("uq_entry_proposals_list_code_number")),
        sa.UniqueConstraint("id", "proposer_id", name=op.f("uq_entry_proposals_id_proposer_id")),
        sa.CheckConstraint("change IN ('add', 'change', 'end')", name=op.f("ck_entry_proposals_change")),
    )
    op.create_index("ix_entry_proposals_reference", "entry_proposals", ["list_code", "reference"])
    op.create_index("ix_entry_proposals_portrait_sha256", "entry_proposals", ["portrait_sha256"])
    op.create_table(
        "entry_decisions",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("proposer_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("decider_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_entry_decisions")),
        sa.ForeignKeyConstraint(
            ["proposal_id", "proposer_id"],
            ["entry_proposals.id", "entry_proposals.proposer_id"],
            name="fk_entry_decisions_proposal",
        ),
        sa.CheckConstraint(
            "decision IN ('approved', 'refused', 'withdrawn')", name=op.f("ck_entry_decisions_decision")
        ),
        sa.CheckConstraint(
            "(decision = 'withdrawn') = (decider_id = proposer_id)", name=op.f("ck_entry_decisions_four_eyes")
        ),
    )
    dialect = op.get_bind().dialect.name
    protections = [
        *protect(dialect, "entry_proposals", columns=LASTING),
        *protect(dialect, "entry_decisions", columns=DECIDED),
        *_only_emptied(dialect),
    ]
    for statement in protections:
        op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in ("entry_decisions", "entry_proposals"):
        for statement in unprotect(dialect, table):
            op.execute(statement)
    if dialect == "postgresql":
        op.execute("DROP TRIGGER entry_proposals_only_emptied ON entry_proposals")
        op.execute("DROP FUNCTION entry_proposals_only_emptied()")
    else:
        op.execute("DROP TRIGGER entry_proposals_only_emptied")
    op.drop_table("entry_decisions")
    op.drop_table("entry_proposals")


def _only_emptied(dialect: str) -> list[str]:
    of = f"BEFORE UPDATE OF {', '.join(EMPTIED)} ON entry_proposals"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER entry_proposals_only_emptied {of} BEGIN "
            f"SELECT RAISE(ABORT, '{_MESSAGE}') WHERE {_CHANGED} OR NOT EXISTS ({_SETTLED}); END"
        ]
    return [
        "CREATE FUNCTION entry_proposals_only_emptied() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_CHANGED} OR NOT EXISTS ({_SETTLED}) THEN "
        f"RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER entry_proposals_only_emptied {of} "
        "FOR EACH ROW EXECUTE FUNCTION entry_proposals_only_emptied()",
    ]
