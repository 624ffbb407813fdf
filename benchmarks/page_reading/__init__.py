"""How well and how fast pages are read, beside what is elsewhere used for it."""
