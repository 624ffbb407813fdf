"""Whether INTERPOL is being asked right now: watched at the post, known at the capital."""
