"""Readers of others behind our own ports, so that one benchmark measures them all."""
