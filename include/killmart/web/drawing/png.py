"""Makes PNG of a picture on the server: Discord shows no SVG, and neither do most programs for slides.

resvg draws it, which comes whole in a wheel, with the font beside this file and no other: the same picture in an empty
container as on a desk.
"""

from __future__ import annotations

from pathlib import Path

_FONTS = [str(path) for path in sorted((Path(__file__).parent / "fonts").glob("*.ttf"))]


def png(svg: str, width: int | None = None) -> bytes:
    """The SVG file as PNG, `width` pixels wide or as wide as it says itself; raises ValueError where it is none."""
    import resvg_py

    return resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True, font_files=_FONTS)
