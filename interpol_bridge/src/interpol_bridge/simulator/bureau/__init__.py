"""A simulated bureau: the simulator's records and behaviour behind XML over HTTPS with mutual TLS.

It is written against ``backends/gateway/interface/*.xsd`` and knows nothing of the mapping: each proves the other.
"""
