"""Entries made by hand: proposed by one person, approved by another, and then a list like any other."""
