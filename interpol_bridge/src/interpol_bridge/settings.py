"""Everything that can be set: environment variables ``INTERPOL_BRIDGE_*``, or a TOML file with the same names.

A command-line option wins over the environment, the environment over the file, the file over the default.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Seconds = Annotated[float, Field(gt=0, le=3600)]
Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Settings(BaseSettings):
    """The settings of one bridge. Times are in the unit that the name ends with."""

    model_config = SettingsConfigDict(
        env_prefix="INTERPOL_BRIDGE_", frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 9443
    """Port to listen on; 0 takes any free one."""
    tls_certificate: Path | None = None
    """The bridge's certificate chain, PEM. Needed."""
    tls_key: Path | None = None
    """Its private key, PEM. Needed."""
    client_ca: Path | None = None
    """PEM bundle of the authorities, or single self-signed certificates, whose clients may call. Needed."""
    allowed_fingerprints: tuple[Fingerprint, ...] = ()
    """SHA-256 of the certificates that may call, in hexadecimal; empty allows all that client_ca vouches for."""
    client_crl: Path | None = None
    """PEM revocation lists, one of each authority in client_ca; read again when the file changes."""

    data_folder: Path = Path("interpol-bridge-data")
    """Folder of the store and, without a secret file, of the secret."""
    secret_file: Path | None = None
    """32 random bytes that encrypt the store and key its hashes; ``<data_folder>/secret`` if not given."""
    asked_data_hours: Annotated[float, Field(gt=0)] = 24
    """How long the asked personal data stays; the audit keeps a keyed hash of it."""
    answer_hours: Annotated[float, Field(gt=0)] = 168
    """How long a repeated request id gets its stored answer."""
    purge_interval_s: Seconds = 600
    """How often what is past its time is deleted."""

    backend: Literal["simulator", "gateway", "offline_copy"] = "simulator"
    """Who is asked."""
    backend_url: str = "http://127.0.0.1:9480"
    """Where the backend is."""
    gateway_mapping: Path | None = None
    """TOML file that maps questions and answers to the gateway's XML; none: the one that comes with the bridge."""
    gateway_ca: Path | None = None
    """PEM bundle of the authorities that vouch for the gateway's certificate. The gateway needs it."""
    gateway_certificate: Path | None = None
    """The certificate chain that the bridge shows to the gateway, PEM. The gateway needs it."""
    gateway_key: Path | None = None
    """Its private key, PEM. The gateway needs it."""
    gateway_crl: Path | None = None
    """PEM revocation lists, one of each authority in gateway_ca; read again when the file changes."""
    gateway_credentials: Path | None = None
    """TOML file of ``user``, ``password`` or ``token``, where the mapping sends them; others may not read it."""
    backend_deadline_s: Seconds = 3.0
    """From the question to its answer, all included; a later answer counts as none."""
    backend_workers: Annotated[int, Field(ge=1, le=128)] = 16
    """Questions asked at the same time."""
    breaker_failures: Annotated[int, Field(ge=1)] = 5
    """Failures in a row after which the backend is left alone."""
    breaker_reset_s: Seconds = 15
    """How long it is left alone before a call about nobody tries it again."""
    hedge_after_s: Seconds | None = None
    """A question without an answer for this long is put a second time; by default a third of the deadline."""
    hedge_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    """At most this share of the questions is put a second time; 0 for none."""
    copy_folder: Path | None = None
    """Folder of the offline copy, which answers where the backend does not."""
    copy_key: Path | None = None
    """The reading key of copies: whose signature counts, and the secret to read them with. A copy needs it."""
    copy_deadline_s: Seconds = 1.0
    """How long the copy may take over a question."""
    copy_max_age_hours: Annotated[float, Field(gt=0)] = 24
    """A copy older than this answers nothing."""
    probe_interval_s: Seconds = 5
    """The backend is asked how it is where nothing was heard from it for this long and somebody waits to know."""

    rechecks_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    """Waiting questions that are asked online side by side."""
    rechecks_per_minute: Annotated[int, Field(ge=1)] = 120
    """Waiting questions asked online in a minute, of all posts together."""
    recheck_backoff_s: Seconds = 5
    """Pause before a question is asked online again; it doubles up to ten minutes."""
    recheck_days: Annotated[float, Field(gt=0, le=14)] = 14
    """How long a question waits to be asked online; then it is given up and its personal data deleted."""
    rechecks_per_post: Annotated[int, Field(ge=0)] = 250_000
    """Questions of one post that may wait; the answers beyond it don't promise another one. 14 days of 3,000
    travellers with five questions each are 210,000."""

    rate_per_minute: Annotated[int, Field(ge=1)] = 600
    """New questions a caller may ask in a minute; a batch counts its items. Those beyond are answered by the copy."""
    rate_burst: Annotated[int, Field(ge=50)] = 120
    """New questions a caller may ask at once; at least one full batch."""
    quota_per_day: Annotated[int, Field(ge=0)] | None = None
    """New questions a post may ask in a day (UTC); none: no quota. Those beyond are answered by the copy."""
    quotas: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """The same by post code, for posts with a quota of their own."""
    body_limit_bytes: Annotated[int, Field(ge=1024)] = 262_144
    """Largest request body."""
    body_timeout_s: Seconds = 10
    """How long a body may take to arrive."""
    connection_limit: Annotated[int, Field(ge=1)] = 256
    """Open connections."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe record logged."""

    @field_validator("allowed_fingerprints", mode="before")
    @classmethod
    def _as_hexadecimal(cls, value: object) -> object:
        """``AB:CD:...`` as OpenSSL prints it is the same fingerprint."""
        if isinstance(value, list | tuple):
            return tuple(str(one).replace(":", "").strip().lower() for one in value)
        return value

    @property
    def secret_path(self) -> Path:
        return self.secret_file or self.data_folder / "secret"

    @property
    def database_path(self) -> Path:
        return self.data_folder / "bridge.db"


def load_settings(config: Path | None = None, **options: object) -> Settings:
    """Settings from a TOML file, the environment and options; options that are None were not given.

    :raises OSError: the file can't be read
    :raises tomllib.TOMLDecodeError: it is no TOML
    :raises pydantic.ValidationError: a name is unknown or a value out of its range
    """
    given = {name: value for name, value in options.items() if value is not None}
    from_environment = Settings().model_fields_set
    from_file = tomllib.loads(config.read_text(encoding="utf-8")) if config else {}
    kept = {name: value for name, value in from_file.items() if name not in from_environment}
    return Settings(**{**kept, **given})
