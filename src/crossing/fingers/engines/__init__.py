"""Engines that compare fingers. None has measured error rates: every one is experimental and decides nothing."""
