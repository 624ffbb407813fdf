"""The INTERPOL bridge: posts ask here, and the bridge alone asks the National Central Bureau's I-24/7 access.

``app.py`` puts the parts together, ``service.py`` does the work of a question, ``http/`` speaks the contract of
``crossing.ports.bridge``, ``store/`` keeps the audit chain, ``backends/`` reach the databases, and ``simulator/``
is a server that behaves like one of them, for training and tests.
"""
