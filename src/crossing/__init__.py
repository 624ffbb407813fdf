"""Crossing: traveller registration for land border posts and their capital."""

__version__ = "0.1.0"
