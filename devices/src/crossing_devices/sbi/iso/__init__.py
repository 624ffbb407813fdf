"""Biometric records of ISO/IEC 19794: finger images (part 4), finger minutiae (part 2) and faces (part 5)."""
