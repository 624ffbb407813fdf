"""Chips of travel documents (eMRTD): opened by BAC or PACE, read, and asked to prove that they are no copies.

From the ground up: ``tlv``, ``apdu`` (bytes), ``cards`` with ``pcsc`` and ``vpcd`` (ways to a card), ``ciphers``,
``curves``, ``modp``, ``domain_parameters`` (arithmetic), ``keys``, ``secure_messaging``, ``channel`` (a protected
line), ``bac``, ``pace``, ``authentication`` (protocols of Doc 9303-11), ``lds`` (files), ``access`` and ``session``
(a whole read), ``driver`` (the device).
"""
