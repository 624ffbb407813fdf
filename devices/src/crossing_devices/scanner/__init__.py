"""Page scanners: over the network (eSCL) and through SANE."""
