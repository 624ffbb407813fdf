"""The feed from the capital to its posts."""
