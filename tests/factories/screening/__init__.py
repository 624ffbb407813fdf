"""Lists and travellers for the tests of the screening room."""
