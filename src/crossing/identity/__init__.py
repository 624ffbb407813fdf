"""Officers, their roles, their sessions: who may do what, proved without a network."""
