"""Who this machine is: a folder with its name, its keys, and what the capital gave it when it was enrolled.

=========================  ==========================================================================
``machine.json``           post, machine name and epoch
``signing.key``            Ed25519 key that signs what this machine sends
``tls.key``                key of its TLS certificate
``tls.pem``                its TLS certificate; written last, so its presence means "enrolled"
``capital-authority.pem``  whom to believe when calling the capital
``capital-signing.pub``    key that the capital signs receipts with (32 bytes, hex)
=========================  ==========================================================================
"""

from pathlib import Path
from typing import Final, Self

from cryptography import x509
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossing.platform.crypto import SigningKey
from crossing.platform.files import write_durably
from crossing.platform.http import ClientTls
from crossing.platform.tls import new_machine_key
from crossing.posts.errors import MachineIdentityExists, MachineIdentityMissing, MachineNotEnrolled
from crossing.posts.schemas import Country, MachineName, PlainName, PostCode

FIRST_EPOCH: Final = 1


class MachineDescription(BaseModel):
    """What ``machine.json`` holds. ``epoch`` grows when a machine is restored from a copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    post: PostCode
    post_name: PlainName
    country: Country
    name: MachineName
    epoch: int = Field(FIRST_EPOCH, ge=FIRST_EPOCH)


class MachineIdentity:
    """A machine's identity on its own disk. Only one machine has it; copying the folder makes an impostor."""

    def __init__(self, folder: Path, description: MachineDescription) -> None:
        self._folder = folder
        self.description = description
        self.signing_key = SigningKey.load_or_create(folder / "signing.key")

    @classmethod
    def create(cls, folder: Path, description: MachineDescription) -> Self:
        """A new identity, or the one that is there if it is the same. Raises MachineIdentityExists for another."""
        path = folder / "machine.json"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(path, description.model_dump_json(indent=2).encode() + b"\n")
        identity = cls.load(folder)
        if identity.description != description:
            raise MachineIdentityExists
        return identity

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises MachineIdentityMissing where there is none, or none that can be read."""
        try:
            return cls(folder, MachineDescription.model_validate_json((folder / "machine.json").read_bytes()))
        except (FileNotFoundError, ValidationError) as error:
            raise MachineIdentityMissing from error

    @property
    def post(self) -> str:
        return self.description.post

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def epoch(self) -> int:
        return self.description.epoch

    @property
    def enrolled(self) -> bool:
        return self._certificate.exists()

    def tls_request(self) -> x509.CertificateSigningRequest:
        """A request to certify this machine's TLS key, which is made on the first call."""
        return new_machine_key(self._folder / "tls.key")

    def client_tls(self) -> ClientTls:
        """What to call the capital with. Raises MachineNotEnrolled."""
        if not self.enrolled:
            raise MachineNotEnrolled
        return ClientTls(self._certificate, self._folder / "tls.key", self._folder / "capital-authority.pem")

    def capital_signing_key(self) -> bytes:
        """The public key (32 bytes) under the capital's receipts. Raises MachineNotEnrolled."""
        if not self.enrolled:
            raise MachineNotEnrolled
        return bytes.fromhex((self._folder / "capital-signing.pub").read_text())

    def keep(self, *, certificate: str, capital_authority: str, capital_signing_key: str) -> None:
        """Store what the capital gave (PEM, PEM, hex). A power cut on the way leaves the machine not enrolled."""
        write_durably(self._folder / "capital-authority.pem", capital_authority.encode(), mode=0o644)
        write_durably(self._folder / "capital-signing.pub", capital_signing_key.encode(), mode=0o644)
        write_durably(self._certificate, certificate.encode(), mode=0o644)

    @property
    def _certificate(self) -> Path:
        return self._folder / "tls.pem"
