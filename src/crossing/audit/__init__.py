"""The append-only, hash-chained record of who did and saw what, and why."""
