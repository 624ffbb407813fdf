"""A server that stands in for a National Central Bureau's access: it holds records, and misbehaves on demand."""
