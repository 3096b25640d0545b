"""The command line: `python -m killmart …`."""
