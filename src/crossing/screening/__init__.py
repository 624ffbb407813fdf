"""Lists and what they say of a traveller: index, matcher, bridge client, hits, check ledger."""
