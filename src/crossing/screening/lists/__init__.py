"""Lists from outside: read in their own formats, imported whole or not at all."""
