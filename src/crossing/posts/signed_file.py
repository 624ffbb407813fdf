"""A JSON file with a signature: carried on a stick between machines that trust each other's keys, not the stick."""

import json
from typing import Any, Final

from crossing.platform.crypto import SigningKey, signature_holds
from crossing.posts.errors import EnrolmentFileInvalid

MAX_BYTES: Final = 64 * 1024


def seal(body: dict[str, Any], key: SigningKey) -> bytes:
    """``{"body": ..., "signature": ...}``, the signature (Ed25519, hex) over the body's canonical JSON."""
    sealed = {"body": body, "signature": key.sign(_canonical(body)).hex()}
    return json.dumps(sealed, indent=2, sort_keys=True).encode() + b"\n"


def read(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Body and signature, neither verified yet. Raises EnrolmentFileInvalid."""
    if len(content) > MAX_BYTES:
        raise EnrolmentFileInvalid(problem="too_large")
    try:
        sealed = json.loads(content)
        body, signature = sealed["body"], bytes.fromhex(sealed["signature"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EnrolmentFileInvalid(problem="not_an_enrolment_file") from error
    if not isinstance(body, dict):
        raise EnrolmentFileInvalid(problem="not_an_enrolment_file")
    return body, signature


def require_signature(body: dict[str, Any], signature: bytes, public_key: bytes) -> None:
    """Raises EnrolmentFileInvalid for a body that ``public_key`` did not sign."""
    if not signature_holds(public_key, signature, _canonical(body)):
        raise EnrolmentFileInvalid(problem="signature")


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
