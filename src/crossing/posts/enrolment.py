"""Enrolment: a machine asks with a signed file, the capital answers with a signed bundle; a stick carries both.

Post: ``make_request(identity)``; capital: ``PostsService.enrol(...)``; post: ``accept(identity, bundle)``.
The certificate's common name is ``POST/machine``, for example ``NIA-1/desk-1``.

The words in ``EnrolmentFileInvalid.problem``: too_large, not_an_enrolment_file, fields, signature, tls_request,
certificate, authority.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Session
from crossing.platform.tls import Authority, common_name, fingerprint
from crossing.posts import repository, signed_file
from crossing.posts.errors import EnrolmentFileInvalid, KeyInUse, MachineExists, NotThisMachine
from crossing.posts.machine_identity import MachineIdentity
from crossing.posts.models import Machine
from crossing.posts.schemas import Country, MachineName, PlainName, PostCode

_Body = TypeVar("_Body", bound=BaseModel)
_Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Pem = Annotated[str, Field(max_length=8192)]
_STRICT: Final = ConfigDict(frozen=True, extra="forbid")


class EnrolmentRequest(BaseModel):
    """What a machine says of itself, under its own signature."""

    model_config = _STRICT

    kind: Literal["crossing/enrolment-request"] = "crossing/enrolment-request"
    version: Literal[1] = 1
    post: PostCode
    post_name: PlainName
    country: Country
    machine: MachineName
    epoch: Annotated[int, Field(ge=1, le=1_000_000)]
    signing_public_key: _Key
    tls_request: _Pem
    requested_at: AwareDatetime


class EnrolmentBundle(BaseModel):
    """What the capital answers, under its own signature."""

    model_config = _STRICT

    kind: Literal["crossing/enrolment-bundle"] = "crossing/enrolment-bundle"
    version: Literal[1] = 1
    post: PostCode
    machine: MachineName
    certificate: _Pem
    capital_authority: _Pem
    capital_signing_key: _Key
    issued_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The new row, and the file to carry back to the machine."""

    machine: Machine
    bundle: bytes


def make_request(identity: MachineIdentity, clock: Clock) -> bytes:
    """The file to carry to the capital."""
    described = identity.description
    request = EnrolmentRequest(
        post=described.post,
        post_name=described.post_name,
        country=described.country,
        machine=described.name,
        epoch=described.epoch,
        signing_public_key=identity.signing_key.public.hex(),
        tls_request=identity.tls_request().public_bytes(serialization.Encoding.PEM).decode(),
        requested_at=clock.now(),
    )
    return signed_file.seal(request.model_dump(mode="json"), identity.signing_key)


def read_request(content: bytes) -> EnrolmentRequest:
    """The request in a file, once its signature proves that the sender has the key. Raises EnrolmentFileInvalid."""
    body, signature = signed_file.read(content)
    request = _validated(EnrolmentRequest, body)
    signed_file.require_signature(body, signature, bytes.fromhex(request.signing_public_key))
    return request


def admit(
    session: Session, request: EnrolmentRequest, *, authority: Authority, signing_key: SigningKey, now: datetime
) -> Enrolled:
    """Certify the machine and register it; its post is there already.

    Raises MachineExists for a name that the post has given before, KeyInUse for a key that any machine has shown
    before (each also of a revoked machine), or EnrolmentFileInvalid.
    """
    tls_request = _tls_request(request.tls_request)
    tls_key_sha256 = _public_key_sha256(tls_request.public_key())
    if repository.machine_named(session, request.post, request.machine) is not None:
        raise MachineExists
    if repository.machine_with_key(session, signing_key=request.signing_public_key, tls_key_sha256=tls_key_sha256):
        raise KeyInUse
    certificate = authority.issue(tls_request, name=f"{request.post}/{request.machine}")
    machine = Machine(
        post_code=request.post,
        name=request.machine,
        signing_public_key=request.signing_public_key,
        tls_public_key_sha256=tls_key_sha256,
        certificate_fingerprint=fingerprint(x509.load_pem_x509_certificate(certificate)),
        certificate=certificate.decode(),
        epoch=request.epoch,
        enrolled_at=now,
    )
    session.add(machine)
    session.flush()
    return Enrolled(machine, _bundle(machine, authority, signing_key, now))


def accept(identity: MachineIdentity, content: bytes, *, expected_authority: str | None = None) -> str:
    """Take the capital's bundle in; from now on the machine can call the capital.

    Returns the fingerprint (SHA-256, hex) of the authority that this machine now believes. The stick may have lied
    about who the capital is: the operator compares it with what the capital reads out, or gives it beforehand as
    ``expected_authority``. Raises EnrolmentFileInvalid, or NotThisMachine for another machine's bundle.
    """
    body, signature = signed_file.read(content)
    bundle = _validated(EnrolmentBundle, body)
    signed_file.require_signature(body, signature, bytes.fromhex(bundle.capital_signing_key))
    certificate, authority = _certificates_of(bundle)
    if expected_authority is not None and fingerprint(authority) != expected_authority.lower():
        raise EnrolmentFileInvalid(problem="authority")
    same_name = (bundle.post, bundle.machine) == (identity.post, identity.name)
    own_key = _public_key_sha256(identity.tls_request().public_key())
    if not same_name or _public_key_sha256(certificate.public_key()) != own_key:
        raise NotThisMachine
    identity.keep(
        certificate=bundle.certificate,
        capital_authority=bundle.capital_authority,
        capital_signing_key=bundle.capital_signing_key,
    )
    return fingerprint(authority)


def _bundle(machine: Machine, authority: Authority, signing_key: SigningKey, now: datetime) -> bytes:
    bundle = EnrolmentBundle(
        post=machine.post_code,
        machine=machine.name,
        certificate=machine.certificate,
        capital_authority=authority.certificate_path.read_text(),
        capital_signing_key=signing_key.public.hex(),
        issued_at=now,
    )
    return signed_file.seal(bundle.model_dump(mode="json"), signing_key)


def _validated(model: type[_Body], body: dict[str, Any]) -> _Body:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise EnrolmentFileInvalid(problem="fields") from error


def _tls_request(pem: str) -> x509.CertificateSigningRequest:
    """A request for a P-256 key, signed with that key."""
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
    except ValueError as error:
        raise EnrolmentFileInvalid(problem="tls_request") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise EnrolmentFileInvalid(problem="tls_request")
    if not request.is_signature_valid:
        raise EnrolmentFileInvalid(problem="tls_request")
    return request


def _certificates_of(bundle: EnrolmentBundle) -> tuple[x509.Certificate, x509.Certificate]:
    """The bundle's certificate, for the bundle's machine, and its authority's, which signed it."""
    try:
        certificate = x509.load_pem_x509_certificate(bundle.certificate.encode())
        authority = x509.load_pem_x509_certificate(bundle.capital_authority.encode())
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise EnrolmentFileInvalid(problem="certificate") from error
    if common_name(certificate) != f"{bundle.post}/{bundle.machine}":
        raise EnrolmentFileInvalid(problem="certificate")
    return certificate, authority


def _public_key_sha256(key: Any) -> str:
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()
