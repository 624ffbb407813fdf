"""Hostile and broken input, for hours: MRZ lines, image files, and pictures of pages.

python -m tools.fuzz --help
"""
