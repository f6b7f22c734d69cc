"""Draws the README's pictures: what charnn shows in a terminal, as SVG.

Each command runs in a real terminal (tmux) of a fixed size. What it shows at the end becomes a
picture whose sixteen basic colours follow the reader's light or dark background.
"""

import os
import re
import subprocess
import tempfile
import time
import unicodedata
from html import escape
from pathlib import Path

from charnn_dev import program
from charnn_dev.console import Parser, say
from charnn_dev.program import ROOT, SCRIPTS

FOLDER = SCRIPTS / "pictures"
WIDTH, HEIGHT, MARGIN = 8.4, 18, 12
ENDED = "[ended]"

TRAINED = "[ -e charnn.safetensors ] || charnn train --epochs 30 --quiet"
LETTER = (
    "sed -n 60,79p corpora/time_traveller.txt "
    "| sed -e 4s/walk/wakl/ -e '10i Gallia est omnis divisa in partes tres.' > letter.txt"
)
# Name, columns, rows, commands whose output is not shown, and the one that is.
PICTURES = [
    ("train", 80, 40, [], "charnn train --epochs 30"),
    ("eval", 80, 50, [TRAINED, LETTER], "charnn eval letter.txt --chars"),
    ("cells", 80, 40, [TRAINED, LETTER], 'charnn inspect --cells "$(head -n 4 letter.txt)"'),
]

STYLE = """
.screen{fill:#fff;stroke:#ccc}
text{font:14px ui-monospace,'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace;white-space:pre}
.default{fill:#222}.dim{fill:#777}.blue{fill:#0550ae}.yellow{fill:#9a6700}
@media(prefers-color-scheme:dark){
.screen{fill:#161b22;stroke:#444}
.default{fill:#ddd}.dim{fill:#8b949e}.blue{fill:#79c0ff}.yellow{fill:#e3b341}}
"""
BASIC = {"33": "yellow", "34": "blue"}
ESCAPE = re.compile(r"\x1b\[([\d;]*)m")


def screen(columns, rows, before, command, folder):
    """What a terminal shows, with escape sequences, when a command has ended."""
    shown = command.replace("'", "'\\''")
    script = "; ".join(
        [f"({line}) >/dev/null 2>&1" for line in before]
        + ["clear", f"printf '%s\\n' '$ {shown}'", command, f"printf '\\n{ENDED}'", "sleep 60"]
    )
    variables = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    for name in "NO_COLOR", "CHARNN_MODEL":
        variables.pop(name, None)
    tmux = ["tmux", "-L", f"pictures-{os.getpid()}", "-u", "-f", "/dev/null"]
    size = ["-x", str(columns), "-y", str(rows)]
    subprocess.run(
        [*tmux, "new-session", "-d", *size, "sh", "-c", f"export TERM=screen-256color; {script}"],
        cwd=folder, env=variables, check=True,
    )
    try:
        end = time.monotonic() + 900
        while ENDED not in (text := program.output(*tmux, "capture-pane", "-p", "-e")):
            if time.monotonic() > end:
                raise program.Failed(f"{command}: not done after 15 minutes")
            time.sleep(0.5)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    return text.split(ENDED)[0].rstrip().splitlines()


def palette(number):
    """A colour of the palette of 256 that is not one of the first sixteen."""
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    levels = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#" + "".join(f"{levels[number // part % 6]:02x}" for part in (36, 6, 1))


def runs(lines):
    """The parts of all lines, each with its line feed as a part of its own: text, letters' class or colour, background or None.

    A style goes on to the next line until it is changed.
    """
    color, background, rest = "default", None, "default"
    for index, part in enumerate(ESCAPE.split("\n".join(lines))):
        if index % 2 == 0:
            shown = rest if color == "default" else color
            yield from ((text, shown, background) for text in re.split("(\n)", part) if text)
            continue
        codes = (part or "0").split(";")
        while codes:
            code = codes.pop(0)
            if code in ("38", "48") and codes[:1] == ["5"]:
                drawn = palette(int(codes[1]))
                color, background = (drawn, background) if code == "38" else (color, drawn)
                codes = codes[2:]
            elif code == "0":
                color, background, rest = "default", None, "default"
            elif code == "39":
                color = "default"
            elif code in ("2", "22"):
                rest = "dim" if code == "2" else "default"
            elif code == "49":
                background = None
            elif code in BASIC:
                color = BASIC[code]


def wide(character):
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def drawn(lines):
    """The elements of the lines, each run at its place, whatever the font's widths are."""
    row = column = 0
    for text, color, background in runs(lines):
        if text == "\n":
            row, column = row + 1, 0
            continue
        length = sum(map(wide, text))
        x, y, span = MARGIN + WIDTH * column, MARGIN + HEIGHT * row, WIDTH * length
        if background:
            yield (
                f'<rect x="{x:.1f}" y="{y}" width="{span:.1f}" height="{HEIGHT}" '
                f'fill="{background}"/>'
            )
        if text.strip():
            paint = f'fill="{color}"' if color.startswith("#") else f'class="{color}"'
            yield (
                f'<text x="{x:.1f}" y="{y + 14}" textLength="{span:.1f}" '
                f'lengthAdjust="spacingAndGlyphs" {paint}>{escape(text)}</text>'
            )
        column += length


def picture(lines, columns):
    width, height = 2 * MARGIN + WIDTH * columns, 2 * MARGIN + HEIGHT * len(lines)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
        f'width="{width:.0f}" height="{height}">',
        f"<style>{STYLE}</style>",
        f'<rect class="screen" x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1}" rx="6"/>',
        *drawn(lines),
        "</svg>\n",
    ])


def main(arguments):
    names = [name for name, *_ in PICTURES]
    parser = Parser("pictures", __doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(names)}; all if none")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in names:
            parser.error(f"{name}: the pictures are {', '.join(names)}")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bin").mkdir()
        (Path(folder) / "bin/charnn").symlink_to(program.path())
        (Path(folder) / "corpora").symlink_to(ROOT / "corpora")
        for name, columns, rows, before, command in PICTURES:
            if options.names and name not in options.names:
                continue
            lines = screen(columns, rows, before, command, folder)
            (FOLDER / f"{name}.svg").write_text(picture(lines, columns))
            say(f"pictures: {name}.svg, {len(lines)} lines")
