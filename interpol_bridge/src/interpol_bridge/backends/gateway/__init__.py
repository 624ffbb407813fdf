"""The bureau's online service: XML over HTTPS with mutual TLS, mapped in one file (``interface/mapping.toml``)."""

from interpol_bridge.backends.gateway.backend import GatewayBackend

__all__ = ["GatewayBackend"]
