"""The test device's side of the protocol: what it signs, chains and encrypts."""

import datetime as dt
import hashlib
import os
import uuid
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crossing_devices.simulated.sbi.pki import DevicePki, base64url

SPEC_VERSION = "1.0"
MESSAGES = {
    "0": "Success",
    "110": "Device is not ready",
    "111": "Device is busy",
    "502": "Biometric Type values Mismatch",
    "701": "RCapture Failed because Capture Timeout has happened",
    "703": "RCapture process already in progress, try after sometime",
    "705": "Device is not connected",
    "709": "RCapture request can not be done for Auth Devices",
    "710": "RCapture unknown error",
    "801": "Auth Capture Failed because Capture Timeout has happened",
    "803": "Auth Capture process already in progress, try after sometime",
    "805": "Device is not connected",
    "809": "Auth Capture request can not be done for Registration Devices",
    "810": "Auth Capture unknown error",
}


@dataclass(frozen=True)
class Model:
    """One of the service's devices, as its ``digitalId`` and its information describe it."""

    device_id: str
    kind: str
    subtype: str
    sub_ids: tuple[str, ...]
    model: str
    serial: str

    def digital_id(self) -> dict[str, str]:
        return {
            "serialNo": self.serial,
            "make": "Crossing",
            "model": self.model,
            "type": self.kind,
            "deviceSubType": self.subtype,
            "deviceProvider": "Crossing",
            "deviceProviderId": "CROSSING.TEST",
            "dateTime": now(),
        }

    def described(self, digital_id: str, status: str, purpose: str) -> dict[str, Any]:
        return {
            "deviceId": self.device_id,
            "deviceStatus": status,
            "certification": "L0",
            "serviceVersion": SPEC_VERSION,
            "deviceSubId": list(self.sub_ids),
            "callbackId": "",
            "digitalId": digital_id,
            "deviceCode": str(uuid.uuid5(uuid.NAMESPACE_URL, self.serial)),
            "specVersion": [SPEC_VERSION, "0.9.5"],
            "purpose": purpose,
            "env": "Developer",
            "firmware": "1.0.0",
        }


def now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def error(code: str) -> dict[str, str]:
    return {"errorCode": code, "errorInfo": MESSAGES[code]}


def failed(code: str) -> dict[str, Any]:
    """A whole capture's answer that says only what went wrong."""
    return {"biometrics": [{"specVersion": SPEC_VERSION, "data": "", "hash": "", "error": error(code)}]}


@dataclass(frozen=True)
class Seal:
    """How the biometrics of one answer are made believable; encrypted where ``encrypt_for`` is given."""

    pki: DevicePki
    model: Model
    asked: dict[str, Any]
    transaction_id: str
    encrypt_for: x509.Certificate | None = None

    def biometric(self, subtype: str | None, record: bytes, quality: int, previous: str) -> dict[str, Any]:
        """One entry of ``biometrics``: signed, and chained behind the hash ``previous``."""
        stamp, value, extra = now(), record, {}
        if self.encrypt_for is not None:
            value, session_key = _encrypted(record, self.encrypt_for, stamp, self.transaction_id)
            thumbprint = self.encrypt_for.fingerprint(hashes.SHA256()).hex().upper()
            extra = {"sessionKey": base64url(session_key), "thumbprint": thumbprint}
        data = {
            "digitalId": self.pki.signed(self.model.digital_id()),
            "deviceCode": str(uuid.uuid5(uuid.NAMESPACE_URL, self.model.serial)),
            "deviceServiceVersion": SPEC_VERSION,
            "bioType": self.model.kind,
            "bioSubType": subtype,
            "purpose": self.asked["purpose"],
            "env": self.asked["env"],
            "domainUri": self.asked.get("domainUri"),
            "bioValue": base64url(value),
            "transactionId": self.transaction_id,
            "timestamp": stamp,
            "requestedScore": self.asked["bio"][0]["requestedScore"],
            "qualityScore": str(quality),
        }
        return {
            "specVersion": self.asked["specVersion"],
            "data": self.pki.signed({name: one for name, one in data.items() if one is not None}),
            "hash": _hash(previous, record),
            "error": error("0"),
            **extra,
        }


def _hash(previous: str, record: bytes) -> str:
    before = bytes.fromhex(previous) if previous else hashlib.sha256(b"").digest()
    return hashlib.sha256(before + hashlib.sha256(record).digest()).hexdigest().upper()


def _encrypted(record: bytes, certificate: x509.Certificate, stamp: str, transaction_id: str) -> tuple[bytes, bytes]:
    """The record under a fresh AES-256 key, and that key wrapped for the certificate, as MockMDS does it."""
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise TypeError("records are encrypted for an RSA key")
    key, length = os.urandom(32), max(len(stamp), len(transaction_id))
    mixed = int.from_bytes(stamp.encode(), "big") ^ int.from_bytes(transaction_id.encode(), "big")
    bits = mixed.to_bytes(length, "big")
    wrapped = public.encrypt(
        key, padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    )
    return AESGCM(key).encrypt(bits[-12:], record, bits[-16:]), wrapped


def certificate_of(pem: bytes) -> x509.Certificate:
    """Raises ValueError for no certificate of an RSA key."""
    certificate = x509.load_pem_x509_certificate(pem)
    if not isinstance(certificate.public_key(), rsa.RSAPublicKey):
        raise ValueError("not a certificate of an RSA key")  # noqa: TRY004 - what is wrong is the upload
    return x509.load_der_x509_certificate(certificate.public_bytes(serialization.Encoding.DER))
