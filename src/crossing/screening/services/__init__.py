"""Watchlist services beside INTERPOL: any number of them over HTTPS, each by a description in one file.

What goes to a service and how its answer is read are JMESPath expressions in that file (see
https://jmespath.org/specification.html), so that a service with an interface of its own is connected without a change
of the program.
"""
