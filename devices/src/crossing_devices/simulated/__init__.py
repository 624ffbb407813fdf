"""Devices that are not there: specimens, portraits, and servers that speak the protocols of real devices."""
