"""One module for each place a person can go to; routes are thin and the rooms' services do the work."""
