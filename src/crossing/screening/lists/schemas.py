"""What is said of a list: what an import of it did, and how it stands."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImportFinding(_Frozen):
    """Something the reader of a list noticed; ``line`` is where the entry begins in the file."""

    line: int
    reference: str
    code: str
    field: str = ""


class ImportReport(_Frozen):
    """What an import did. ``unchanged``: the same content was in use already, and nothing was written.

    ``persons`` and ``documents`` count what the version has; ``skipped`` the entries that were left out;
    ``counts`` the findings by code, ``findings`` the first five hundred of them.

    Lists of trust have ``certificates`` of ``states`` (two letters), or ``revocation_lists``; ``signer`` is the State
    that vouches for a master list, ``signer_fingerprint`` the SHA-256 of its country signing certificate, to be
    compared with what that State published.
    """

    code: str
    version: int
    unchanged: bool = False
    sha256: str
    as_of: AwareDatetime
    imported_at: AwareDatetime
    persons: int
    documents: int
    portraits: int
    added: int
    changed: int
    removed: int
    skipped: int
    counts: dict[str, int]
    findings: tuple[ImportFinding, ...] = ()
    certificates: int = 0
    revocation_lists: int = 0
    states: tuple[str, ...] = ()
    signer: str = ""
    signer_fingerprint: str = ""
    vehicles: int = 0
    portraits_missing: int = Field(0, description="Portraits that the list names, and that are not here.")
    ended: int = Field(0, description="Entries that were ended on this machine, and stay so.")
    left_out: dict[str, int] = Field({}, description="What the file has and no traveller is, by kind.")
    set_digest: str = Field("", description="Of a list that is kept as a file: what stands for all its content.")
    changes_to: str = Field("", description="Of a file of changes: the SHA-256 of the file that it was made for.")


class ListStatus(_Frozen):
    """One list as it is in use: how old, how large, and whether it is still believed.

    Of a list of trust, ``certificates`` and ``states`` or ``revocation_lists`` are counted; one that is too old goes
    on being used.
    """

    code: str
    name: str
    format: str
    version: int | None
    as_of: AwareDatetime | None
    imported_at: AwareDatetime | None
    imported_by: str
    age_days: int | None
    max_age_days: int | None
    expired: bool
    persons: int
    documents: int
    portraits: int
    skipped: int
    certificates: int = 0
    revocation_lists: int = 0
    states: int = 0
    vehicles: int = 0
    asked_version: int | None = Field(None, description="The version that checks ask: 0 where none could be read; "
                                      "null for lists of trust, and before lists are loaded.")  # fmt: skip
    seal: str = Field("", description="Whether it is what was imported: whole, unsigned, signature_wrong or "
                      "content_differs; empty before the first import.")  # fmt: skip

    @property
    def is_trust(self) -> bool:
        """Whether it says whom to trust, and not whom to look for."""
        return bool(self.certificates or self.revocation_lists)
