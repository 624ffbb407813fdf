"""INTERPOL asked again until it answers itself, and told what became of its hits.

What only the bureau can say of a record of INTERPOL's, that it is the person or no longer stands, is written down
with the bureau's reference for that very record and with a second officer: the database itself refuses it otherwise,
whatever the code above does.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MESSAGE = "what the bureau says of its record needs the reference of the bureau and a second officer"

BUREAUS = "('confirmed', 'record_withdrawn')"


@dataclass(frozen=True)
class _Dialect:
    """What the two databases say differently. ``words`` and ``reasons`` are tables of what a referral's JSON lists;
    ``holds`` says that a text has one of these characters, ``{0}`` of ``{1}``."""

    words: str
    reasons: str
    of_word: str
    of_reason: str
    of_resolution: str
    holds: str


_SQLITE = _Dialect(
    words="json_each(NEW.resolution, '$.hits') AS word",
    reasons="json_each(NEW.reasons) AS reason",
    of_word="json_extract(word.value, '$.{}')",
    of_reason="json_extract(reason.value, '$.{}')",
    of_resolution="json_extract(NEW.resolution, '$.{}')",
    holds="coalesce({0}, '') GLOB '*[{1}]*'",
)

_POSTGRESQL = _Dialect(
    words="jsonb_path_query(NEW.resolution, '$.hits[*]') AS word",
    reasons="jsonb_path_query(NEW.reasons, '$[*]') AS reason",
    of_word="(word ->> '{}')",
    of_reason="(reason ->> '{}')",
    of_resolution="(NEW.resolution ->> '{}')",
    holds="coalesce({0}, '') ~ '[{1}]'",
)


def _something(dialect: _Dialect, text: str) -> str:
    return dialect.holds.format(text, "A-Za-z0-9")


def _two(dialect: _Dialect, one: str, other: str) -> str:
    """Two logins, as officers have them, that are two people's: they differ in a letter or a digit."""
    logins = " AND ".join(
        f"{_something(dialect, login)} AND NOT {dialect.holds.format(login, '^A-Za-z0-9._-')}"
        for login in (one, other)
    )
    bare = (f"lower(replace(replace(replace({login}, '.', ''), '_', ''), '-', ''))" for login in (one, other))
    return f"{logins} AND {' <> '.join(bare)}"


def _unproved(dialect: _Dialect) -> str:
    """A referral that is resolved with a word of the bureau's that is not proved. Where it has words on its hits,
    those are what is said of INTERPOL's records; the finding says nothing else of them."""
    finding = f"coalesce({dialect.of_resolution.format('finding')}, '')"
    word = f"coalesce({dialect.of_word.format('finding')}, '')"
    reason = f"coalesce({dialect.of_reason.format('kind')}, '')"
    some_word = f"EXISTS (SELECT 1 FROM {dialect.words} WHERE {{}})"  # noqa: S608 - of constants alone
    some_reason = f"EXISTS (SELECT 1 FROM {dialect.reasons} WHERE {{}})"  # noqa: S608
    has_words = some_word.format(f"{word} <> ''")
    interpol = some_reason.format(f"substr({reason}, 1, 9) = 'interpol_'")
    other = some_reason.format(f"substr({reason}, 1, 9) <> 'interpol_'")
    of_whole = f"{finding} IN {BUREAUS} AND {interpol} AND NOT {has_words}"
    of_record = f"{word} IN {BUREAUS}"
    without_its_word = (
        f"{finding} IN {BUREAUS} AND {has_words} AND NOT {some_word.format(f'{word} = {finding}')} "
        f"AND ({finding} = 'record_withdrawn' OR NOT {other})"
    )
    lacks_reference = f"{of_record} AND NOT {_something(dialect, dialect.of_word.format('bureau_reference'))}"
    return f"""NEW.state = 'resolved' AND (
      ({of_whole} AND NOT {_something(dialect, dialect.of_resolution.format("bureau_reference"))})
      OR {some_word.format(lacks_reference)}
      OR (({of_whole} OR {some_word.format(of_record)})
          AND NOT ({_two(dialect, "NEW.approved_by", "NEW.resolved_by")}))
      OR ({without_its_word}))"""


def _unproved_word(dialect: _Dialect) -> str:
    proved = f"{_something(dialect, 'NEW.reference')} AND {_two(dialect, 'NEW.approver', 'NEW.officer')}"
    return f"NEW.verdict IN {BUREAUS} AND NOT ({proved})"


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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit_verifications")),
    )
    op.create_index("ix_hit_verifications_due", "hit_verifications", ["state", "due_at"])
    op.create_index("ix_hit_verifications_hit", "hit_verifications", ["hit_id"])
    op.create_index("ix_hit_verifications_referral", "hit_verifications", ["referral_id"])


GUARDED = (("referrals", _unproved), ("hit_verifications", _unproved_word))


def _guard(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_proved_{verb.lower()} BEFORE {verb} ON {table} WHEN {unproved(_SQLITE)} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            for table, unproved in GUARDED
            for verb in ("INSERT", "UPDATE")
        ]
    return [statement for table, unproved in GUARDED for statement in _postgresql_guard(table, unproved(_POSTGRESQL))]


def _postgresql_guard(table: str, unproved: str) -> tuple[str, str]:
    return (
        f"CREATE FUNCTION {table}_proved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {unproved} THEN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation'; END IF; "
        f"RETURN NEW; END $$",
        f"CREATE TRIGGER {table}_proved BEFORE INSERT OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_proved()",
    )


def _unguard(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {table}_proved_{verb}" for table, _ in GUARDED for verb in ("insert", "update")
        ]
    return [
        statement
        for table, _ in GUARDED
        for statement in (
            f"DROP TRIGGER IF EXISTS {table}_proved ON {table}",
            f"DROP FUNCTION IF EXISTS {table}_proved()",
        )
    ]
