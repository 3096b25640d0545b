"""The daily digest: a message with a chart for a Discord channel. stages/digest.py wires it."""
