"""The read-only JSON API at /api/v1: what other programs ask of the warehouse. docs/api.md describes it."""
