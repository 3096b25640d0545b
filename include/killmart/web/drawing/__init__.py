"""Inline SVG charts: small pure functions from numbers to markup, for the templates.

Drawings stretch to the width that they are given, while their labels are plain text beside them, so they read the same
on a wide screen and on a phone. Colours are classes (`tone-good`, …) that the style sheet fills in for light and dark.
"""

from killmart.web.drawing import tones

__all__ = ["tones"]
