"""What the bridge keeps, in an encrypted SQLite file of its own."""
