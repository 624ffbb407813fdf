"""The bridge's own small database: its tables, and the triggers that keep them honest.

It is apart from Crossing's databases and their migrations: the tables and triggers are made at start where they
are missing. ``audit``, ``hits`` and ``verifications`` only grow; ``asked``, ``answers`` and ``rechecks`` hold
personal data and are purged. Times are ISO 8601 in UTC.
"""

from sqlalchemy import CheckConstraint, Column, Connection, ForeignKey, Index, Integer, MetaData, String, Table, text

metadata = MetaData()

NOT_THE_BUREAUS = "verdict = 'not_the_person'"

# Every blank and sign without width, for trim(); lower() folds ASCII alone. Spellings of one login that differ in
# more than that are found before they come here, by crossing.ports.four_eyes.
BLANK = "char(9, 10, 11, 12, 13, 32, 46, 45, 95, 133, 160, 173, 8203, 8204, 8205, 8288, 65279)"


def _something(text: str) -> str:
    """SQL: a text has a letter or a digit."""
    return f"{text} GLOB '*[A-Za-z0-9]*'"


def _two(one: str, other: str) -> str:
    """SQL: two logins are two people's."""
    bare = (f"lower(trim({login}, {BLANK}))" for login in (one, other))
    return f"{_something(one)} AND {_something(other)} AND {' <> '.join(bare)}"


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
    Column("copy_as_of", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("online_reason", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("previous_hash", String, nullable=False),
    Column("entry_hash", String, nullable=False),
    CheckConstraint("kind IN ('asked', 'answered', 'verified')", name="audit_kind"),
)
"""Who asked what and why, and what came of it: an ``asked`` entry before the question leaves, an ``answered`` one
after, with the date of the copy that answered and why the databases themselves did not (``online_reason``).
``asked_hash`` is keyed, so that only who holds the secret can test whether a person was asked about."""

asked = Table(
    "asked",
    metadata,
    Column("post", String, primary_key=True),
    Column("request_id", String, primary_key=True),
    Column("question_hash", String, nullable=False),
    Column("asked_at", String, nullable=False, index=True),
    Column("data", String, nullable=False),
)
"""The asked personal data in clear, for a short time. ``question_hash`` is that of ``answers``: a request id stands
for its question from the moment that it is asked."""

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

waiting = Table(
    "waiting",
    metadata,
    Column("post", String, primary_key=True),
    Column("questions", Integer, nullable=False),
)
"""How many rows of ``rechecks`` wait, by post: triggers keep it, since counting a fortnight of them takes long."""

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
    Column("word_id", String, nullable=False, unique=True),
    Column("said_at", String, nullable=False),
    Column("hit_id", String, ForeignKey("hits.hit_id"), nullable=False),
    Column("verdict", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("approver", String, nullable=False),
    Column("ncb_reference", String, nullable=False),
    Column("note", String, nullable=False),
    Column("verified_at", String, nullable=False),
    CheckConstraint("verdict IN ('confirmed', 'not_the_person', 'record_withdrawn')", name="verdict_known"),
    CheckConstraint(f"{NOT_THE_BUREAUS} OR {_something('ncb_reference')}", name="bureaus_word_has_ncb_reference"),
    CheckConstraint(f"{NOT_THE_BUREAUS} OR ({_two('approver', 'officer')})", name="bureaus_word_has_second_approver"),
    CheckConstraint(_something("officer"), name="said_by_somebody"),
    Index("verifications_of_hit", "hit_id", "id"),
)
"""The words on a hit; the newest stands, the older ones stay. ``said_at`` is written so that it sorts."""

NEVER_CHANGED = (audit, hits, verifications)

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
        WHEN EXISTS (SELECT 1 FROM verifications WHERE id = NEW.id OR word_id = NEW.word_id)
        BEGIN SELECT RAISE(ABORT, 'verifications only grows'); END""",
    "rechecks_counted": """AFTER INSERT ON rechecks WHEN NEW.state = 'waiting'
        BEGIN INSERT INTO waiting (post, questions) VALUES (NEW.post, 1)
              ON CONFLICT (post) DO UPDATE SET questions = questions + 1; END""",
    "rechecks_ended": """AFTER UPDATE OF state ON rechecks WHEN OLD.state = 'waiting' AND NEW.state <> 'waiting'
        BEGIN UPDATE waiting SET questions = questions - 1 WHERE post = NEW.post; END""",
    # A connection may switch check constraints off.
    "verifications_bureaus_word_by_two": f"""BEFORE INSERT ON verifications
        WHEN NOT (NEW.{NOT_THE_BUREAUS}
                  OR ({_something("NEW.ncb_reference")} AND {_two("NEW.approver", "NEW.officer")}))
        BEGIN SELECT RAISE(ABORT, 'bureaus_word_has_reference_and_second_approver'); END""",
    "verifications_change_approved": f"""BEFORE INSERT ON verifications
        WHEN EXISTS (SELECT 1 FROM verifications WHERE hit_id = NEW.hit_id)
         AND NOT ({_two("NEW.approver", "NEW.officer")})
        BEGIN SELECT RAISE(ABORT, 'a verdict is changed by two'); END""",  # noqa: S608 - of constants alone
    "verifications_in_order": """BEFORE INSERT ON verifications
        WHEN EXISTS (SELECT 1 FROM verifications WHERE hit_id = NEW.hit_id AND said_at > NEW.said_at)
        BEGIN SELECT RAISE(ABORT, 'a newer word stands'); END""",
}


def create_all(connection: Connection) -> None:
    """Make the tables and triggers that are missing."""
    metadata.create_all(connection)
    for name, body in TRIGGERS.items():
        connection.execute(text(f"CREATE TRIGGER IF NOT EXISTS {name} {body}"))
