"""The contract of ``crossing.ports.bridge`` over HTTP, for callers that their certificates name."""
