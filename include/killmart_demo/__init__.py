"""The simulated upstreams: every service that Killmart talks to, over real HTTP, in one process.

`app.serve` runs them for `python -m killmart simulate`, `app.running` for a test. FastAPI and uvicorn are imported
by this package only.
"""
