"""Our own reading of pages: a detector of MRZ lines, a recogniser, and decoding under the check digits."""
