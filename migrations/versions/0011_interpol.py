"""INTERPOL asked again until it answers itself, and told what became of its hits.

No finding CONFIRMED on a hit of INTERPOL's is resolved without the bureau's reference and a second officer: the
database itself refuses it, whatever the code above does.
"""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MESSAGE = "a confirmed hit of INTERPOL needs the reference of the bureau and a second officer"

_SQLITE_UNPROVED = """NEW.state = 'resolved'
  AND coalesce(json_extract(NEW.resolution, '$.finding'), '') = 'confirmed'
  AND EXISTS (SELECT 1 FROM json_each(NEW.reasons) AS reason
              WHERE coalesce(json_extract(reason.value, '$.kind'), '') LIKE 'interpol\\_%' ESCAPE '\\')
  AND (trim(coalesce(json_extract(NEW.resolution, '$.bureau_reference'), '')) = ''
       OR trim(NEW.approved_by) = ''
       OR lower(trim(NEW.approved_by)) = lower(trim(NEW.resolved_by)))"""

_POSTGRESQL_UNPROVED = """NEW.state = 'resolved'
  AND coalesce(NEW.resolution ->> 'finding', '') = 'confirmed'
  AND jsonb_path_exists(NEW.reasons, '$[*].kind ? (@ starts with "interpol_")')
  AND (trim(coalesce(NEW.resolution ->> 'bureau_reference', '')) = ''
       OR trim(NEW.approved_by) = ''
       OR lower(trim(NEW.approved_by)) = lower(trim(NEW.resolved_by)))"""


def upgrade() -> None:
    _add_columns()
    _add_verifications()
    for statement in _guard(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def downgrade() -> None:
    for statement in _unguard(op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_table("hit_verifications")
    op.drop_column("capture_sessions", "vehicle_question_id")
    op.drop_column("capture_sessions", "question_id")
    for column in ("told", "question_id", "source"):
        op.drop_column("rechecks", column)
    op.drop_column("checks", "recheck")


def _add_columns() -> None:
    op.add_column("checks", sa.Column("recheck", sa.Boolean(), nullable=True))
    op.add_column("rechecks", sa.Column("source", sa.String(64), nullable=True))
    op.add_column("rechecks", sa.Column("question_id", sa.Uuid(), nullable=True))
    op.add_column("rechecks", sa.Column("told", sa.String(64), nullable=True))
    op.execute(
        "UPDATE rechecks SET question_id = id, "
        "source = CASE WHEN kind = 'national_lists' THEN 'national_server' ELSE 'interpol' END"
    )
    with op.batch_alter_table("rechecks") as rechecks:
        rechecks.alter_column("source", existing_type=sa.String(64), nullable=False)
        rechecks.alter_column("question_id", existing_type=sa.Uuid(), nullable=False)
    op.add_column("capture_sessions", sa.Column("question_id", sa.Uuid(), nullable=True))
    op.add_column("capture_sessions", sa.Column("vehicle_question_id", sa.Uuid(), nullable=True))


def _add_verifications() -> None:
    op.create_table(
        "hit_verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("approver", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_reason", sa.String(32), nullable=True),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sent', 'refused', 'replaced', 'given_up')",
            name=op.f("ck_hit_verifications_state"),
        ),
        sa.CheckConstraint(
            "verdict IN ('confirmed', 'not_the_person', 'record_withdrawn')",
            name=op.f("ck_hit_verifications_verdict"),
        ),
        sa.CheckConstraint(
            "verdict <> 'confirmed' OR (trim(reference) <> '' AND trim(approver) <> '' "
            "AND lower(trim(approver)) <> lower(trim(officer)))",
            name=op.f("ck_hit_verifications_confirmed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit_verifications")),
    )
    op.create_index("ix_hit_verifications_due", "hit_verifications", ["state", "due_at"])
    op.create_index("ix_hit_verifications_hit", "hit_verifications", ["hit_id"])
    op.create_index("ix_hit_verifications_referral", "hit_verifications", ["referral_id"])


def _guard(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER referrals_confirmed_{verb.lower()} BEFORE {verb} ON referrals WHEN {_SQLITE_UNPROVED} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            for verb in ("INSERT", "UPDATE")
        ]
    return [
        f"CREATE FUNCTION referrals_confirmed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_POSTGRESQL_UNPROVED} THEN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation'; END IF; "
        f"RETURN NEW; END $$",
        "CREATE TRIGGER referrals_confirmed BEFORE INSERT OR UPDATE ON referrals "
        "FOR EACH ROW EXECUTE FUNCTION referrals_confirmed()",
    ]


def _unguard(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS referrals_confirmed_{verb}" for verb in ("insert", "update")]
    return [
        "DROP TRIGGER IF EXISTS referrals_confirmed ON referrals",
        "DROP FUNCTION IF EXISTS referrals_confirmed()",
    ]
