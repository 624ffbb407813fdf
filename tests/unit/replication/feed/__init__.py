"""The feed's encoding."""
