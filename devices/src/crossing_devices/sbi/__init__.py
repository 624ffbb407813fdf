"""Biometric devices that speak MOSIP's Secure Biometric Interface (SBI, formerly MDS), 1.0 and 0.9.5."""
