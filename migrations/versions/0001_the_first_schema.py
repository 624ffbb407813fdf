"""The first schema: every table of every room, at a post and at the capital alike."""

import sqlalchemy as sa
from alembic import op

from crossing.platform.db import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("checks", Json, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_received_at"), "alerts", ["received_at"], unique=False)
    op.create_index(op.f("ix_alerts_session_id"), "alerts", ["session_id"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_login", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.String(length=8), nullable=False),
        sa.Column("actor_post", sa.String(length=16), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("sequence", name=op.f("uq_audit_entries_sequence")),
    )
    op.create_index(op.f("ix_audit_entries_action"), "audit_entries", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entries_actor_id"), "audit_entries", ["actor_id"], unique=False)
    op.create_index(op.f("ix_audit_entries_subject_id"), "audit_entries", ["subject_id"], unique=False)
    op.create_table(
        "audit_heads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "capture_sessions",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("lane_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("case", sa.String(length=32), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("person", Json, nullable=True),
        sa.Column("document", Json, nullable=True),
        sa.Column("field_sources", Json, nullable=False),
        sa.Column("evidence_level", sa.String(length=16), nullable=True),
        sa.Column("witness", sa.String(length=128), nullable=False),
        sa.Column("border_resident", sa.Boolean(), nullable=False),
        sa.Column("truncated_name", sa.Boolean(), nullable=False),
        sa.Column("reading", Json, nullable=True),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("images", Json, nullable=False),
        sa.Column("face_hints", Json, nullable=False),
        sa.Column("stay", Json, nullable=True),
        sa.Column("troubles", Json, nullable=False),
        sa.Column("stages", Json, nullable=False),
        sa.Column("local_answer_ms", sa.Double(), nullable=True),
        sa.Column("bridge_pending", sa.Boolean(), nullable=False),
        sa.Column("movement_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_capture_sessions")),
    )
    op.create_index(
        "uq_capture_sessions_live_lane",
        "capture_sessions",
        ["lane_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'checked')"),
        postgresql_where=sa.text("state IN ('open', 'checked')"),
    )
    op.create_table(
        "checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("source_version", sa.String(length=64), nullable=False),
        sa.Column("source_as_of", UtcDateTime(), nullable=True),
        sa.Column("engine", sa.String(length=64), nullable=False),
        sa.Column("engine_version", sa.String(length=160), nullable=False),
        sa.Column("performed_at", UtcDateTime(), nullable=False),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("hits", Json, nullable=False),
        sa.CheckConstraint("(outcome = 'not_checked') = (reason IS NOT NULL)", name=op.f("ck_checks_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
    )
    op.create_index("ix_checks_subject", "checks", ["subject_kind", "subject_id", "round"], unique=False)
    op.create_table(
        "face_templates",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("engine", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("calibration", sa.String(length=32), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("subject_kind IN ('watchlist', 'movement')", name=op.f("ck_face_templates_subject_kind")),
        sa.PrimaryKeyConstraint("template_id", name=op.f("pk_face_templates")),
    )
    op.create_index(
        "ix_face_templates_gallery",
        "face_templates",
        ["subject_kind", "engine", "version", "calibration"],
        unique=False,
    )
    op.create_index("ix_face_templates_subject", "face_templates", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "inbox_alarms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_alarms")),
        sa.UniqueConstraint(
            "post",
            "machine",
            "epoch",
            "kind",
            "subject",
            name=op.f("uq_inbox_alarms_post_machine_epoch_kind_subject"),
        ),
    )
    op.create_table(
        "inbox_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("blobs", Json, nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox_events")),
        sa.UniqueConstraint(
            "post", "machine", "epoch", "sequence", name=op.f("uq_inbox_events_post_machine_epoch_sequence")
        ),
    )
    op.create_table(
        "inbox_forks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("blobs", Json, nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_forks")),
        sa.UniqueConstraint(
            "post",
            "machine",
            "epoch",
            "sequence",
            "hash",
            name=op.f("uq_inbox_forks_post_machine_epoch_sequence_hash"),
        ),
    )
    op.create_table(
        "inbox_machines",
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("instance", sa.String(length=32), nullable=False),
        sa.Column("last_contact_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("post", "machine", name=op.f("pk_inbox_machines")),
    )
    op.create_table(
        "inbox_watermarks",
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("post", "machine", "epoch", name=op.f("pk_inbox_watermarks")),
    )
    op.create_table(
        "movements",
        sa.Column("movement_id", sa.Uuid(), nullable=False),
        sa.Column("traveller_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("case", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("surname", sa.String(length=128), nullable=False),
        sa.Column("given_names", sa.String(length=128), nullable=False),
        sa.Column("birth_date", sa.String(length=10), nullable=True),
        sa.Column("birth_approximate", sa.Boolean(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("nationality", sa.String(length=3), nullable=True),
        sa.Column("residence", sa.String(length=128), nullable=False),
        sa.Column("document_type", sa.String(length=2), nullable=True),
        sa.Column("document_number", sa.String(length=32), nullable=True),
        sa.Column("document_issuing_state", sa.String(length=3), nullable=True),
        sa.Column("document_expiry_date", sa.Date(), nullable=True),
        sa.Column("evidence_level", sa.String(length=16), nullable=False),
        sa.Column("stay", Json, nullable=True),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("destination", sa.String(length=128), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("handling", sa.String(length=500), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.Column("paired_entry", Json, nullable=True),
        sa.Column("known_at_decision", Json, nullable=False),
        sa.Column("images", Json, nullable=False),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("correction_reason", sa.String(length=500), nullable=False),
        sa.Column("corrected_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("movement_id", name=op.f("pk_movements")),
    )
    op.create_index(op.f("ix_movements_corrects"), "movements", ["corrects"], unique=False)
    op.create_index(op.f("ix_movements_occurred_at"), "movements", ["occurred_at"], unique=False)
    op.create_index(op.f("ix_movements_session_id"), "movements", ["session_id"], unique=False)
    op.create_index("ix_movements_traveller", "movements", ["traveller_id", "occurred_at"], unique=False)
    op.create_table(
        "officers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("post", sa.String(length=16), nullable=True),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("secret_kind", sa.String(length=8), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=True),
        sa.Column("code_expires_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(secret_kind = 'none') = (secret_hash IS NULL)", name=op.f("ck_officers_secret_hash")),
        sa.CheckConstraint("secret_kind IN ('password', 'code', 'none')", name=op.f("ck_officers_secret_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
        sa.UniqueConstraint("login", name=op.f("uq_officers_login")),
    )
    op.create_table(
        "outbox_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("blobs", Json, nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_outbox_events")),
        sa.UniqueConstraint(
            "post", "machine", "epoch", "sequence", name=op.f("uq_outbox_events_post_machine_epoch_sequence")
        ),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("country", sa.String(length=3), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("code", name=op.f("uq_posts_code")),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    op.create_table(
        "rechecks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("question", Json, nullable=True),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_reason", sa.String(length=32), nullable=True),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'answered', 'replaced', 'given_up')", name=op.f("ck_rechecks_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rechecks")),
    )
    op.create_index("ix_rechecks_due", "rechecks", ["state", "due_at"], unique=False)
    op.create_index("ix_rechecks_subject", "rechecks", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "referrals",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("resolution", Json, nullable=True),
        sa.Column("resolved_by", sa.String(length=64), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_referrals")),
    )
    op.create_index(op.f("ix_referrals_session_id"), "referrals", ["session_id"], unique=False)
    op.create_index("ix_referrals_state", "referrals", ["state", "opened_at"], unique=False)
    op.create_table(
        "remembered_answers",
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("operation", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "operation", "key", name=op.f("pk_remembered_answers")),
    )
    op.create_index(op.f("ix_remembered_answers_created_at"), "remembered_answers", ["created_at"], unique=False)
    op.create_table(
        "sender_instances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance", sa.String(length=32), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_instances")),
        sa.UniqueConstraint("instance", name=op.f("uq_sender_instances_instance")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("blocked_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
        sa.UniqueConstraint("subject", name=op.f("uq_sign_in_failures_subject")),
    )
    op.create_index(op.f("ix_sign_in_failures_last_at"), "sign_in_failures", ["last_at"], unique=False)
    op.create_table(
        "watchlists",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("max_age_days", sa.Integer(), nullable=True),
        sa.Column("serving", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_watchlists")),
    )
    op.create_table(
        "expected_blobs",
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox_events.event_id"], name=op.f("fk_expected_blobs_event_id_inbox_events")
        ),
        sa.PrimaryKeyConstraint("post", "machine", "sha256", name=op.f("pk_expected_blobs")),
    )
    op.create_table(
        "inbox_quarantine",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox_events.event_id"], name=op.f("fk_inbox_quarantine_event_id_inbox_events")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox_quarantine")),
    )
    op.create_index(
        op.f("ix_inbox_quarantine_resolved_at_inbox_quarantine_event_id"),
        "inbox_quarantine",
        ["resolved_at", "event_id"],
        unique=False,
    )
    op.create_table(
        "lanes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_code", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("direction", sa.String(length=5), nullable=False),
        sa.Column("scanner_device", sa.String(length=128), nullable=True),
        sa.Column("camera_device", sa.String(length=128), nullable=True),
        sa.CheckConstraint("direction IN ('entry', 'exit', 'both')", name=op.f("ck_lanes_direction")),
        sa.CheckConstraint("number > 0", name=op.f("ck_lanes_number")),
        sa.ForeignKeyConstraint(["post_code"], ["posts.code"], name=op.f("fk_lanes_post_code_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lanes")),
        sa.UniqueConstraint("post_code", "number", name=op.f("uq_lanes_post_code_number")),
    )
    op.create_index(op.f("ix_lanes_post_code"), "lanes", ["post_code"], unique=False)
    op.create_table(
        "machines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("signing_public_key", sa.String(length=64), nullable=False),
        sa.Column("tls_public_key_sha256", sa.String(length=64), nullable=False),
        sa.Column("certificate_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["post_code"], ["posts.code"], name=op.f("fk_machines_post_code_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machines")),
        sa.UniqueConstraint("certificate_fingerprint", name=op.f("uq_machines_certificate_fingerprint")),
        sa.UniqueConstraint("post_code", "name", name=op.f("uq_machines_post_code_name")),
        sa.UniqueConstraint("signing_public_key", name=op.f("uq_machines_signing_public_key")),
        sa.UniqueConstraint("tls_public_key_sha256", name=op.f("uq_machines_tls_public_key_sha256")),
    )
    op.create_index(op.f("ix_machines_post_code"), "machines", ["post_code"], unique=False)
    op.create_table(
        "movement_keys",
        sa.Column("movement_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=192), nullable=False),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["movements.movement_id"], name=op.f("fk_movement_keys_movement_id_movements")
        ),
        sa.PrimaryKeyConstraint("movement_id", "kind", "key", name=op.f("pk_movement_keys")),
    )
    op.create_index("ix_movement_keys_kind_key", "movement_keys", ["kind", "key"], unique=False)
    op.create_table(
        "officer_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_officer_sessions_officer_id_officers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_officer_sessions_token_hash")),
    )
    op.create_index(op.f("ix_officer_sessions_expires_at"), "officer_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_officer_sessions_officer_id"), "officer_sessions", ["officer_id"], unique=False)
    op.create_table(
        "outbox_blobs",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox_events.event_id"], name=op.f("fk_outbox_blobs_event_id_outbox_events")
        ),
        sa.PrimaryKeyConstraint("event_id", "sha256", name=op.f("pk_outbox_blobs")),
    )
    op.create_index(op.f("ix_outbox_blobs_sha256"), "outbox_blobs", ["sha256"], unique=False)
    op.create_table(
        "outbox_deliveries",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=100), nullable=True),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox_events.event_id"], name=op.f("fk_outbox_deliveries_event_id_outbox_events")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipts.id"], name=op.f("fk_outbox_deliveries_receipt_id_receipts")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_outbox_deliveries")),
    )
    op.create_index(
        op.f("ix_outbox_deliveries_state_outbox_deliveries_lane_outbox_deliveries_epoch_outbox_deliveries_sequence"),
        "outbox_deliveries",
        ["state", "lane", "epoch", "sequence"],
        unique=False,
    )
    op.create_table(
        "outbox_uploads",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("announced_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=True),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["announced_by"], ["outbox_events.event_id"], name=op.f("fk_outbox_uploads_announced_by_outbox_events")
        ),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name=op.f("fk_outbox_uploads_receipt_id_receipts")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_outbox_uploads")),
    )
    op.create_index(
        op.f("ix_outbox_uploads_state_outbox_uploads_lane_outbox_uploads_announced_by"),
        "outbox_uploads",
        ["state", "lane", "announced_by"],
        unique=False,
    )
    op.create_table(
        "watchlist_entries",
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("births", Json, nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("nationalities", Json, nullable=False),
        sa.Column("portrait_sha256", sa.String(length=64), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_code", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("added_in", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=300), nullable=False),
        sa.Column("caution", sa.String(length=300), nullable=False),
        sa.Column("handling", sa.String(length=300), nullable=False),
        sa.Column("notice_colour", sa.String(length=16), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_code"], ["watchlists.code"], name=op.f("fk_watchlist_entries_list_code_watchlists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_entries")),
        sa.UniqueConstraint(
            "list_code", "reference", "added_in", name=op.f("uq_watchlist_entries_list_code_reference_added_in")
        ),
    )
    op.create_index("ix_watchlist_entries_served", "watchlist_entries", ["list_code", "removed_in"], unique=False)
    op.create_table(
        "watchlist_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_code", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("imported_by", sa.String(length=64), nullable=False),
        sa.Column("report", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["list_code"], ["watchlists.code"], name=op.f("fk_watchlist_versions_list_code_watchlists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_versions")),
        sa.UniqueConstraint("list_code", "number", name=op.f("uq_watchlist_versions_list_code_number")),
    )
    op.create_table(
        "watchlist_documents",
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("number_key", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=3), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_code", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("added_in", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=300), nullable=False),
        sa.Column("caution", sa.String(length=300), nullable=False),
        sa.Column("handling", sa.String(length=300), nullable=False),
        sa.Column("notice_colour", sa.String(length=16), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["watchlist_entries.id"], name=op.f("fk_watchlist_documents_entry_id_watchlist_entries")
        ),
        sa.ForeignKeyConstraint(
            ["list_code"], ["watchlists.code"], name=op.f("fk_watchlist_documents_list_code_watchlists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_documents")),
    )
    op.create_index("ix_watchlist_documents_number", "watchlist_documents", ["number_key"], unique=False)
    op.create_index("ix_watchlist_documents_served", "watchlist_documents", ["list_code", "removed_in"], unique=False)
    op.create_table(
        "watchlist_names",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("surname", sa.String(length=200), nullable=False),
        sa.Column("given_names", sa.String(length=300), nullable=False),
        sa.CheckConstraint("kind IN ('primary', 'alias', 'weak_alias')", name=op.f("ck_watchlist_names_kind")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["watchlist_entries.id"], name=op.f("fk_watchlist_names_entry_id_watchlist_entries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist_names")),
    )
    op.create_index(op.f("ix_watchlist_names_entry_id"), "watchlist_names", ["entry_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_watchlist_names_entry_id"), table_name="watchlist_names")
    op.drop_table("watchlist_names")
    op.drop_index("ix_watchlist_documents_served", table_name="watchlist_documents")
    op.drop_index("ix_watchlist_documents_number", table_name="watchlist_documents")
    op.drop_table("watchlist_documents")
    op.drop_table("watchlist_versions")
    op.drop_index("ix_watchlist_entries_served", table_name="watchlist_entries")
    op.drop_table("watchlist_entries")
    op.drop_index(
        op.f("ix_outbox_uploads_state_outbox_uploads_lane_outbox_uploads_announced_by"), table_name="outbox_uploads"
    )
    op.drop_table("outbox_uploads")
    op.drop_index(
        op.f("ix_outbox_deliveries_state_outbox_deliveries_lane_outbox_deliveries_epoch_outbox_deliveries_sequence"),
        table_name="outbox_deliveries",
    )
    op.drop_table("outbox_deliveries")
    op.drop_index(op.f("ix_outbox_blobs_sha256"), table_name="outbox_blobs")
    op.drop_table("outbox_blobs")
    op.drop_index(op.f("ix_officer_sessions_officer_id"), table_name="officer_sessions")
    op.drop_index(op.f("ix_officer_sessions_expires_at"), table_name="officer_sessions")
    op.drop_table("officer_sessions")
    op.drop_index("ix_movement_keys_kind_key", table_name="movement_keys")
    op.drop_table("movement_keys")
    op.drop_index(op.f("ix_machines_post_code"), table_name="machines")
    op.drop_table("machines")
    op.drop_index(op.f("ix_lanes_post_code"), table_name="lanes")
    op.drop_table("lanes")
    op.drop_index(op.f("ix_inbox_quarantine_resolved_at_inbox_quarantine_event_id"), table_name="inbox_quarantine")
    op.drop_table("inbox_quarantine")
    op.drop_table("expected_blobs")
    op.drop_table("watchlists")
    op.drop_index(op.f("ix_sign_in_failures_last_at"), table_name="sign_in_failures")
    op.drop_table("sign_in_failures")
    op.drop_table("sender_instances")
    op.drop_index(op.f("ix_remembered_answers_created_at"), table_name="remembered_answers")
    op.drop_table("remembered_answers")
    op.drop_index("ix_referrals_state", table_name="referrals")
    op.drop_index(op.f("ix_referrals_session_id"), table_name="referrals")
    op.drop_table("referrals")
    op.drop_index("ix_rechecks_subject", table_name="rechecks")
    op.drop_index("ix_rechecks_due", table_name="rechecks")
    op.drop_table("rechecks")
    op.drop_table("receipts")
    op.drop_table("posts")
    op.drop_table("outbox_events")
    op.drop_table("officers")
    op.drop_index("ix_movements_traveller", table_name="movements")
    op.drop_index(op.f("ix_movements_session_id"), table_name="movements")
    op.drop_index(op.f("ix_movements_occurred_at"), table_name="movements")
    op.drop_index(op.f("ix_movements_corrects"), table_name="movements")
    op.drop_table("movements")
    op.drop_table("inbox_watermarks")
    op.drop_table("inbox_machines")
    op.drop_table("inbox_forks")
    op.drop_table("inbox_events")
    op.drop_table("inbox_alarms")
    op.drop_index("ix_face_templates_subject", table_name="face_templates")
    op.drop_index("ix_face_templates_gallery", table_name="face_templates")
    op.drop_table("face_templates")
    op.drop_index("ix_checks_subject", table_name="checks")
    op.drop_table("checks")
    op.drop_index(
        "uq_capture_sessions_live_lane",
        table_name="capture_sessions",
        sqlite_where=sa.text("state IN ('open', 'checked')"),
        postgresql_where=sa.text("state IN ('open', 'checked')"),
    )
    op.drop_table("capture_sessions")
    op.drop_table("audit_heads")
    op.drop_index(op.f("ix_audit_entries_subject_id"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_actor_id"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_action"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index(op.f("ix_alerts_session_id"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_received_at"), table_name="alerts")
    op.drop_table("alerts")
