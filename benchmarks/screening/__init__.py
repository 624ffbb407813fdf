"""Whether screening reaches its goals, beside rapidfuzz and logic-v2."""
