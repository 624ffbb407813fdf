"""Settings: read once when a process starts, from the environment and an optional ``.env``-style file.

Every setting is listed in docs/operations/settings.md, which is generated from these classes and checked by a test.
"""

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]


class _Common(BaseSettings):
    data: Path = Field(description="Folder for everything this machine keeps.")
    host: str = Field("127.0.0.1", description="Address the pages and the API listen on.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe record logged.")
    certificate: Path | None = Field(None, description="TLS certificate of the pages (PEM). None: plain HTTP.")
    certificate_key: Path | None = Field(None, description="Key of that certificate (PEM).")
    secure_cookies: bool = Field(False, description="Send the session cookie over TLS only.")
    tls_ends_elsewhere: bool = Field(
        False, description="A proxy in front of this service speaks TLS to browsers; needed to listen without TLS."
    )

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        """On any address but loopback passwords and portraits would cross the network."""
        if self.host in ("127.0.0.1", "::1", "localhost"):
            return self
        if self.certificate is None and not self.tls_ends_elsewhere:
            raise ValueError(f"on {self.host}, set certificate and certificate_key, or tls_ends_elsewhere")
        if not self.secure_cookies:
            raise ValueError(f"on {self.host}, set secure_cookies")
        return self


class PostSettings(_Common):
    """One post, or one laptop that is a post."""

    model_config = SettingsConfigDict(env_prefix="CROSSING_POST_", extra="forbid")

    data: Path = Field(Path("var/post"), description="Folder for everything this machine keeps.")
    port: Port = Field(8400, description="Port of the pages and the API.")
    master_key: Path | None = Field(
        None, description="File with the master key (32 bytes). None: made in the data folder; for trials only."
    )
    models: Path = Field(Path("models"), description="Folder of the face model weights.")
    faces_engine: Literal["dlib", "fused", "onnx", "sface"] = Field(
        "fused", description="The face engine. After a change the old one serves until all templates are made anew."
    )
    faces_most_lost: float = Field(
        0.1, ge=0, le=1, description="Share of known faces that a new engine may fail on before it is held back."
    )
    faces_onnx: Path | None = Field(None, description="Description (JSON) of the model of the face engine `onnx`.")
    faces_thresholds: Path | None = Field(
        None, description="Thresholds measured on one's own travellers (JSON). They go before the built-in ones."
    )
    capital_url: str | None = Field(None, description="The capital's machine address. None: replication waits.")
    bridge_url: str | None = Field(None, description="The INTERPOL bridge's address. None: asked later, said so.")
    bridge_certificate: Path | None = Field(None, description="This post's certificate for the bridge (PEM).")
    bridge_key: Path | None = Field(None, description="Key of that certificate (PEM).")
    bridge_authority: Path | None = Field(None, description="Authority of the bridge's certificate (PEM).")
    bridge_timeout_s: float = Field(6.0, gt=0, le=30, description="How long one question to the bridge may take.")
    national_url: str | None = Field(
        None, description="A national server that speaks as yente does. None: not asked."
    )
    national_dataset: str = Field(
        "default", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Which of its datasets is asked."
    )
    national_key_file: Path | None = Field(None, description="File with the key that it wants.")
    national_certificate: Path | None = Field(None, description="This post's certificate for it (PEM).")
    national_key: Path | None = Field(None, description="Key of that certificate (PEM).")
    national_authority: Path | None = Field(None, description="Authority of its certificate (PEM).")
    national_timeout_s: float = Field(4.0, gt=0, le=30, description="How long one question to it may take.")
    services_file: Path | None = Field(
        None,
        description="Describes watchlist services that are asked beside INTERPOL (TOML). None: no other is asked.",
    )
    time_zone: str = Field("UTC", description="The post's time zone (IANA), which decides what day it is there.")
    legal_basis: str = Field(
        "border_control", min_length=1, max_length=128, description="What each question to INTERPOL rests on."
    )
    agent_url: str | None = Field("http://127.0.0.1:8200", description="The device agent's loopback address.")
    agent_token: SecretStr | None = Field(None, description="The device agent's token; agent_token_file is safer.")
    agent_token_file: Path | None = Field(None, description="File with the device agent's token.")
    capture_timeout_s: float = Field(10.0, gt=0, le=60, description="How long a scan or a photograph may take.")
    chip_timeout_s: float = Field(20.0, gt=0, le=120, description="How long the reading of a chip may take.")
    finger_timeout_s: float = Field(30.0, gt=0, le=120, description="How long the capture of fingers may take.")
    sender_interval_s: float = Field(2.0, gt=0, le=600, description="How often the outbox is looked at when idle.")
    feed_interval_s: float = Field(
        20.0, gt=0, le=3600, description="How often the capital is asked what it has published for the posts."
    )
    bridge_report_interval_s: float = Field(
        120.0, gt=0, le=3600, description="How often the bridge is looked at to tell the capital what has changed."
    )
    recheck_interval_s: float = Field(5.0, gt=0, le=3600, description="How often unanswered checks are tried again.")
    recognition_threads: int = Field(2, ge=1, le=32, description="Processor cores that page reading may use.")
    faces_wanted_fmr: float = Field(1e-3, gt=0, lt=0.1, description="False match rate wanted at 1:1 comparison.")
    faces_wanted_fpir: float = Field(1e-2, gt=0, lt=0.5, description="False positive identification rate wanted.")
    faces_recent_days: int = Field(
        90, ge=0, le=730, description="Days for which a traveller's face is searched for among recent ones. 0: never."
    )
    faces_list_unusable: float = Field(
        0.01,
        ge=0,
        lt=1,
        description="Share of a list's portraits without a usable face from which on nobody is clear of its faces.",
    )
    clearance_days: int = Field(
        365,
        ge=1,
        le=1825,
        description="Days for which it counts that two officers found a traveller not to be listed.",
    )
    rescreen_days: int = Field(
        14, ge=0, le=90, description="Days back in which travellers are screened again after a list changed. 0: none."
    )
    rescreen_share: float = Field(
        0.03, gt=0, le=1, description="Share of one processor core that screening travellers again may use."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError("not a time zone of the IANA database, such as Africa/Bamako") from unknown
        return name

    def master_key_path(self) -> Path:
        return self.master_key or self.data / "keys" / "master.key"


class CapitalSettings(_Common):
    """The national server."""

    model_config = SettingsConfigDict(env_prefix="CROSSING_CAPITAL_", extra="forbid")

    data: Path = Field(Path("var/capital"), description="Folder for everything this machine keeps.")
    port: Port = Field(8500, description="Port of the pages and the API for people.")
    machine_host: str = Field("127.0.0.1", description="Address that posts reach.")
    machine_port: Port = Field(8501, description="Port that posts reach, always with mutual TLS.")
    machine_names: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost"), description="Names and addresses in the certificate that posts are shown."
    )
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL (libpq URL). None: an embedded server in the data folder; for trials only."
    )
    master_key: Path | None = Field(
        None, description="File with the master key (32 bytes). None: made in the data folder; for trials only."
    )

    ahead_hours: int = Field(
        72, ge=1, le=720, description="Hours for which all posts look for a traveller on whom a hit came too late."
    )
    services_file: Path | None = Field(
        None,
        description="The posts' file of watchlist services (TOML), of which the capital reads the names alone. None: "
        "a service is called by the name that the post told.",
    )

    def master_key_path(self) -> Path:
        return self.master_key or self.data / "keys" / "master.key"
