"""The daily digest: a message with a chart for a Discord channel (docs/digest.md).

`post.py` decides whether, `message.py` says what, `discord.py` sends it; `db/digests.py` knows the day, and what was
posted.
"""
