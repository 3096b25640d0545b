"""The command line: `python -m killmart …`."""

from killmart.cli.main import main

__all__ = ["main"]
