"""The immutable entry or exit record, stays, and what a traveller did before."""
