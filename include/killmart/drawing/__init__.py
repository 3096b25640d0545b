"""Charts as SVG: pure functions from numbers to markup.

On a page drawings stretch to the width that they are given, while their labels are plain text beside them, so they read
the same on a wide screen and on a phone. The same shapes make a file (`picture`), and a file makes a PNG (`png`).
"""
