"""Events from posts to the capital: outbox, sender, inbox, receipts. Payloads are opaque here."""
