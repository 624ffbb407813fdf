"""What a face engine gets wrong, measured on labelled images: a developer's, or a ministry's own.

Rates are named and counted as in ISO/IEC 19795-1: failure to enrol (FTE), false match and false non-match (FMR, FNMR)
of comparisons one to one, false positive and false negative identification (FPIR, FNIR) of searches. NumPy only; the
engines come through their port, and matplotlib is asked for where a curve is drawn.
"""
