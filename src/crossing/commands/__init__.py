"""The parts of the ``crossing`` command, one file for each noun."""
