"""The chip in a travel document: its files, whether they are genuine, and what they say (Doc 9303 parts 10 to 12)."""
