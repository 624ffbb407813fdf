"""The visible zone of a page: portrait, printed name and number, and whether they agree with the MRZ."""
