"""The drawings of the mart's charts: right places, whole markup, and pictures that no name can break."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from killmart.config.settings import PROJECT
from killmart.drawing.canvas import WIDTH, Canvas
from killmart.drawing.drawing import Columns, Drawing, HeatMap, Lines, Ranked, Ranking, scale_of
from killmart.drawing.heatmap import strength
from killmart.drawing.inline import inline
from killmart.drawing.picture import Heading, picture
from killmart.drawing.png import png
from killmart.drawing.tones import PALETTES
from support.markup import BAD, parsed, rects

COLUMNS = Columns(["a", BAD], [("kills", "a", [30, 0])], [("losses", "e", [0, 10])], [("trend", "a", [15, None])])
LINES = Lines(["a", "b", BAD], [(BAD, "b", [None, 50, None])], " %", 100)
HEAT = HeatMap(["Mon", "Tue"], ["00", "01", "02"], [[0, 1, 4], [0, 0, 0]], "a", "kills")
RANKING = Ranking([Ranked(BAD, [("kills", "a", 3), ("losses", "e", 1)], "3 / 1", "/charts/x"), Ranked("b", [], "0")])
DRAWINGS: list[Drawing] = [COLUMNS, LINES, HEAT, RANKING]
EMPTY: list[Drawing] = [
    Columns([], []),
    Columns(["a"], [("x", "a", [0])], [("y", "e", [0])]),
    Lines(["a"], [("x", "a", [None])]),
    replace(HEAT, cells=[[0, 0, 0], [0, 0, 0]]),
    Ranking(),
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("drawing", [*DRAWINGS, *EMPTY])
def test_every_drawing_is_well_formed_inline_and_as_a_picture(drawing: Drawing) -> None:
    assert BAD in "".join(parsed(inline(drawing, title=BAD, note=BAD, empty=BAD)).itertext())
    for theme in PALETTES:
        tree = ET.fromstring(picture(drawing, Heading(BAD, BAD, "2026"), theme=theme, empty="nothing"))
        assert tree.tag == f"{SVG}svg"
        texts = [one.text for one in tree.iter(f"{SVG}text")]
        assert {BAD, "2026", "Killmart"} <= set(texts)
        assert ("nothing" in texts) == drawing.is_empty


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_page_and_a_file_have_the_same_shapes(drawing: Drawing) -> None:
    page = parsed(inline(drawing, title="t"))
    file = ET.fromstring(picture(drawing, Heading("t", "s", "r"), theme="light", empty=""))
    told = [one.text for one in page.iter("title")]
    assert told
    assert [one.text for one in file.iter(f"{SVG}title")][1:] == told  # the first is the file's own
    colours = {tone: colour for tone, colour in PALETTES["light"].items() if tone in "abcde"}
    for tone, colour in colours.items():
        drawn = [
            one
            for one in page.iter()
            if one.tag in ("rect", "path", "line") and one.get("class", "").split()[-1:] == [f"tone-{tone}"]
        ]
        inked = [
            one for one in file.iter() if colour in (one.get("fill"), one.get("stroke")) and one.tag != f"{SVG}text"
        ]
        assert len(inked) >= len(drawn)  # and keys of the legend


def test_a_column_that_stands_out_is_the_only_one_in_full_colour() -> None:
    drawing = Columns(["a", "b", "c"], [("kills", "a", [1, 2, 3])], stands_out=1)
    assert [one.get("class") for one in rects(parsed(inline(drawing, title="t")), "a")] == [
        "faded tone-a",
        "area tone-a",
        "faded tone-a",
    ]


@pytest.mark.parametrize("drawing", [*DRAWINGS, *EMPTY])
def test_every_picture_becomes_png_of_its_own_size(drawing: Drawing) -> None:
    svg = str(picture(drawing, Heading(BAD, BAD, "2026"), theme="dark", empty="nothing"))
    tree = ET.fromstring(svg)
    for width in (None, 600):
        image = Image.open(BytesIO(png(svg, width)))
        scale = (width or WIDTH) / WIDTH
        assert image.format == "PNG"
        assert image.size == (round(WIDTH * scale), round(float(tree.get("height", 0)) * scale))


def test_png_has_its_words_in_the_font_beside_it() -> None:
    words = [
        png(str(picture(LINES, Heading(title, "", ""), theme="light", empty=""))) for title in ("WWWW", "iiii", "ЖЖЖЖ")
    ]
    dark = [sum(1 for value in Image.open(BytesIO(one)).convert("L").tobytes() if value < 60) for one in words]
    assert dark[0] > 1.5 * dark[1] > 0  # drawn, and each letter in its own width
    assert dark[2] > dark[1]
    assert (PROJECT / "include/killmart/drawing/fonts/OFL.txt").read_text().count("SIL Open Font License")


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        png("<svg")


def test_no_picture_is_drawn_by_a_process_that_has_others_to_answer() -> None:
    """resvg keeps Python's lock while it draws, so Airflow's event loop would stand still."""
    drawn = "import sys; from killmart.drawing.png import png; png(sys.stdin.read())"
    code = f"{drawn}; assert 'resvg_py' not in sys.modules"
    svg = str(picture(LINES, Heading("t", "s", "r"), theme="light", empty=""))
    subprocess.run([sys.executable, "-c", code], input=svg, text=True, cwd=PROJECT / "include", check=True)


def test_a_height_that_is_given_is_kept() -> None:
    for drawing in (COLUMNS, LINES):
        tree = ET.fromstring(picture(drawing, Heading("t", "s", "r"), theme="light", empty="", height=540))
        assert tree.get("height") == "540"
        lowest = [float(one.get("y", 0)) for one in tree.iter(f"{SVG}text")]
        assert max(lowest) < 540


def test_columns_stand_and_hang_on_one_scale() -> None:
    scale = scale_of(COLUMNS)
    assert scale.ticks == [30, 20, 10, 0, 10]
    tree = parsed(inline(COLUMNS, title="t"))
    [kills], [losses] = rects(tree, "a"), rects(tree, "e")
    assert (float(kills.get("y", -1)), float(kills.get("height", 0))) == (0, 75)
    assert (float(losses.get("y", 0)), float(losses.get("height", 0))) == (75, 25)


@given(st.integers(0, 10**16), st.integers(0, 10**16))
def test_every_column_finds_room_on_round_numbers(up: int, down: int) -> None:
    scale = scale_of(Columns(["x"], [("u", "a", [up])], [("d", "e", [down])]))
    assert scale.step * scale.above >= up * 0.999
    assert scale.step * scale.below >= down * 0.999
    assert re.fullmatch(r"[125]0*", f"{scale.step:.0f}")
    assert 2 <= scale.lines <= 5


def test_a_heat_map_is_strongest_where_most_was() -> None:
    assert strength(0, 9) == 0
    assert 0.1 < strength(1, 9) < strength(4, 9) < strength(9, 9) == 1
    squares = [one for one in parsed(inline(HEAT, title="t")).iter("rect") if one.find("title") is not None]
    assert len(squares) == 6
    assert [one.get("fill-opacity") for one in squares] == [None, "0.55", "1", None, None, None]


def test_names_lead_to_their_charts() -> None:
    tree = parsed(inline(RANKING, title="t", link=lambda path: f"/root{path}"))
    assert [one.get("href") for one in tree.iter("a")] == ["/root/charts/x"]


@given(st.text(max_size=60))
def test_no_name_breaks_a_picture(name: str) -> None:
    drawing = Ranking([Ranked(name, [("kills", "a", 1)], "1")])
    text = str(picture(drawing, Heading("t", name, "r"), theme="dark", empty=""))
    tree = ET.fromstring(text.encode())
    assert not {one.tag for one in tree.iter()} & {f"{SVG}script", f"{SVG}a", f"{SVG}image", f"{SVG}foreignObject"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


def test_a_picture_needs_nothing_from_elsewhere() -> None:
    for drawing in DRAWINGS:
        text = str(picture(drawing, Heading("t", "s", "r"), theme="light", empty=""))
        assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
        assert not re.search(r"class=|style=|url\(|href=|var\(", text)


def test_long_names_are_cut() -> None:
    canvas = Canvas("light")
    assert canvas.fit("short", 300, 18) == "short"
    cut = canvas.fit("W" * 500, 300, 18)
    assert cut.endswith("…")
    assert canvas.width_of(cut, 18) <= 300
    assert len(canvas.fit("好" * 500, WIDTH, 30)) < len(canvas.fit("a" * 500, WIDTH, 30))


def test_pictures_have_the_colours_of_the_pages() -> None:
    css = (PROJECT / "include/killmart/web/static/frame.css").read_text()
    for name in ("fg", "muted", "border", "none", "mute", "a", "b", "c", "d", "e"):
        light, dark = re.findall(rf"--{name}: light-dark\((oklch\([^)]*\)), (oklch\([^)]*\))\)", css)[0]
        for theme, colour in (("light", light), ("dark", dark)):
            assert close(lightness(PALETTES[theme][name]), float(colour[6:].split()[0])), (theme, name)


def lightness(colour: str) -> float:
    """The lightness of #rrggbb as oklch has it."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)
    )
    long = 0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue
    middle = 0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue
    short = 0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue
    return float(0.2104542553 * long ** (1 / 3) + 0.793617785 * middle ** (1 / 3) - 0.0040720468 * short ** (1 / 3))


def close(one: float, other: float) -> bool:
    """Whether nobody sees a difference; colours beyond the screen's are cut."""
    return abs(one - other) < 0.03
