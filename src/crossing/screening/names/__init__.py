"""Names: what they sound like, how far two are one, and whose they may be on a list of a million."""
