"""Mobility rules, the officer's decision and the second line. A decision writes a movement."""
