"""The change feed: what the capital publishes for all posts, and each post pulls, verifies and applies in order."""
