"""The bureau's HTTPS server: nobody speaks to it without a certificate that it vouches for."""

import ssl
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from interpol_bridge.errors import ConfigurationError


def bureau_server(
    app: FastAPI, *, certificate: Path, key: Path, client_ca: Path, client_crl: Path | None = None
) -> uvicorn.Server:
    """A server that demands certificates of ``client_ca`` which ``client_crl`` (one list of each authority) spares.

    Run it with ``server.run(sockets=[listen(...)])``; what hangs in it is cut off after a second when it stops.

    :raises ConfigurationError: a file can't be read, or holds no certificate, key or revocation list
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(certificate, key, password="")
        context.load_verify_locations(client_ca)
        if client_crl is not None:
            context.load_verify_locations(client_crl)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    except OSError as error:
        raise ConfigurationError(f"The bureau's TLS files can't be used: {error}.") from error
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        ssl_context_factory=lambda _config, _default: context,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
