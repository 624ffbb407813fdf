"""What plug-ins and sister services implement and speak.

Protocols and frozen data only: this package imports the standard library and pydantic, so that the device
agent and the INTERPOL bridge can depend on it without carrying a database, a web page or a face engine.
"""
