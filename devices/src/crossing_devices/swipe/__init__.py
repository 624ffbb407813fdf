"""MRZ swipe readers on a serial line, or on USB as one."""
