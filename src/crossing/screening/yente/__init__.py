"""The shapes in which yente (the OpenSanctions matching service) asks and answers: served, and asked of another."""
