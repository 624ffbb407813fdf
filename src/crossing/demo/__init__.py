"""The demonstration: a capital, a bridge, a post with its devices, and seven travellers who pass through all of it.

Every step goes through the devices and the HTTP API, as an officer's browser would go.
"""
