"""Counts of what officers said about faces, by group: none so small that it points at anyone (ADR 18)."""
