"""The gallery: exact search in memory, an encrypted file for each on the disk, mended from the rows (ADR 16)."""
