"""The daily digest: a message with a chart for a Discord channel. watch/digest/post.py wires it."""
