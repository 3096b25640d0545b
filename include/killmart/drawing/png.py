"""Makes PNG of a picture on the server: Discord shows no SVG, and neither do most programs for slides.

resvg draws it, which comes whole in a wheel, with the font beside this file and no other: the same picture in an empty
container as on a desk. It keeps Python's lock while it draws, some 0.3 s in which Airflow's event loop would stand
still, so it works in a process of its own, which is this file run as a script.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PATIENCE_SECONDS = 30.0
"""What a picture may take, the start of the process included."""
_FONTS = [str(path) for path in sorted((Path(__file__).parent / "fonts").glob("*.ttf"))]


def png(svg: str, width: int | None = None) -> bytes:
    """The SVG file as PNG, `width` pixels wide or as wide as it says itself; raises ValueError where it is none."""
    command = [sys.executable, __file__, *([] if width is None else [str(width)])]
    done = subprocess.run(command, input=svg.encode(), capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    if done.returncode != 0:
        raise ValueError((done.stderr.decode(errors="replace").splitlines() or ["it said nothing"])[-1])
    return done.stdout


def _main() -> None:
    import resvg_py

    width = int(sys.argv[1]) if len(sys.argv) > 1 else None
    svg = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(
        resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True, font_files=_FONTS)
    )


if __name__ == "__main__":
    _main()
