"""The bridge's own small database: its tables, and the triggers that keep them honest.

It is apart from Crossing's databases and their migrations: the tables and triggers are made at start where they
are missing. ``audit``, ``hits`` and ``verifications`` only grow; ``asked``, ``answers`` and ``rechecks`` hold
personal data and are purged. Times are ISO 8601 in UTC.
"""

from sqlalchemy import CheckConstraint, Column, Connection, ForeignKey, Index, Integer, MetaData, String, Table, text

metadata = MetaData()

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("post", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("approver", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("legal_basis", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("asked_hash", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("previous_hash", String, nullable=False),
    Column("entry_hash", String, nullable=False),
    CheckConstraint("kind IN ('asked', 'answered', 'verified')", name="audit_kind"),
)
"""Who asked what and why, and what came of it: an ``asked`` entry before the question leaves, an ``answered`` one
after. ``asked_hash`` is keyed, so that only who holds the secret can test whether a person was asked about."""

asked = Table(
    "asked",
    metadata,
    Column("post", String, primary_key=True),
    Column("request_id", String, primary_key=True),
    Column("asked_at", String, nullable=False, index=True),
    Column("data", String, nullable=False),
)
"""The asked personal data in clear, for a short time."""

answers = Table(
    "answers",
    metadata,
    Column("post", String, primary_key=True),
    Column("request_id", String, primary_key=True),
    Column("question_hash", String, nullable=False),
    Column("answered_at", String, nullable=False, index=True),
    Column("answer", String, nullable=False),
)
"""What a repeated request id is answered with: ``BridgeAnswer`` as JSON."""

rechecks = Table(
    "rechecks",
    metadata,
    Column("post", String, primary_key=True),
    Column("request_id", String, primary_key=True),
    Column("database", String, nullable=False),
    Column("question", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("queued_at", String, nullable=False),
    Column("due_at", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", String, nullable=False),
    CheckConstraint("state IN ('waiting', 'answered', 'given_up')", name="recheck_state"),
    CheckConstraint("(state = 'waiting') = (question <> '')", name="recheck_forgets"),
    Index("rechecks_due", "state", "due_at"),
    Index("rechecks_turn", "state", "attempts", "due_at"),
    Index("rechecks_of_post", "state", "post", "queued_at"),
)
"""Questions that wait to be asked online; ``due_at`` of one that ended is when it did."""

quotas = Table(
    "quotas",
    metadata,
    Column("post", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("asked", Integer, nullable=False),
)
"""How many new questions each post asked on a day (UTC)."""

hits = Table(
    "hits",
    metadata,
    Column("hit_id", String, primary_key=True),
    Column("post", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("database", String, nullable=False),
    Column("record_reference", String, nullable=False),
    Column("found_at", String, nullable=False),
)
"""Which records were given to whom, without what they say."""

verifications = Table(
    "verifications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hit_id", String, ForeignKey("hits.hit_id"), nullable=False),
    Column("verdict", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("approver", String, nullable=False),
    Column("ncb_reference", String, nullable=False),
    Column("note", String, nullable=False),
    Column("verified_at", String, nullable=False),
    CheckConstraint("verdict IN ('confirmed', 'not_the_person', 'record_withdrawn')", name="verdict_known"),
    CheckConstraint("verdict <> 'confirmed' OR trim(ncb_reference) <> ''", name="confirmed_has_ncb_reference"),
    CheckConstraint(
        "verdict <> 'confirmed' OR (trim(approver) <> '' AND lower(trim(approver)) <> lower(trim(officer)))",
        name="confirmed_has_second_approver",
    ),
    Index("verifications_of_hit", "hit_id", "id"),
)
"""The bureau's words on a hit; the newest stands, the older ones stay."""

NEVER_CHANGED = (audit, hits, verifications)

BLANK = "char(9, 10, 11, 12, 13, 32, 133, 160)"

TRIGGERS = {
    **{
        f"{table.name}_no_{verb.lower()}": f"BEFORE {verb} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, '{table.name} only grows'); END"
        for table in NEVER_CHANGED
        for verb in ("UPDATE", "DELETE")
    },
    # INSERT OR REPLACE deletes without a delete trigger, so the insert triggers refuse a key that is there.
    "audit_in_order": """BEFORE INSERT ON audit
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
          OR NEW.previous_hash <> coalesce((SELECT entry_hash FROM audit ORDER BY seq DESC LIMIT 1), '')
        BEGIN SELECT RAISE(ABORT, 'an audit entry follows the last one'); END""",
    "hits_no_replace": """BEFORE INSERT ON hits WHEN EXISTS (SELECT 1 FROM hits WHERE hit_id = NEW.hit_id)
        BEGIN SELECT RAISE(ABORT, 'hits only grows'); END""",
    "verifications_no_replace": """BEFORE INSERT ON verifications
        WHEN EXISTS (SELECT 1 FROM verifications WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'verifications only grows'); END""",
    # A connection may switch check constraints off, and trim() takes spaces alone.
    "verifications_confirmed_by_two": f"""BEFORE INSERT ON verifications
        WHEN NEW.verdict = 'confirmed' AND (
            trim(NEW.ncb_reference, {BLANK}) = '' OR trim(NEW.approver, {BLANK}) = ''
            OR lower(trim(NEW.approver, {BLANK})) = lower(trim(NEW.officer, {BLANK})))
        BEGIN SELECT RAISE(ABORT, 'confirmed_has_reference_and_second_approver'); END""",
    "verifications_change_approved": """BEFORE INSERT ON verifications
        WHEN EXISTS (SELECT 1 FROM verifications WHERE hit_id = NEW.hit_id)
         AND (trim(NEW.approver) = '' OR lower(trim(NEW.approver)) = lower(trim(NEW.officer)))
        BEGIN SELECT RAISE(ABORT, 'a verdict is changed by two'); END""",
}


def create_all(connection: Connection) -> None:
    """Make the tables and triggers that are missing."""
    metadata.create_all(connection)
    for name, body in TRIGGERS.items():
        connection.execute(text(f"CREATE TRIGGER IF NOT EXISTS {name} {body}"))
