"""Runs the commands that README.md shows, and compares what they print with what it shows.

A block that begins with ```console has commands, each a line `$ charnn …`, and below each of them
the lines that it prints, standard output and error together. A line `…` stands for any number of
lines, none too. Numbers that depend on the machine may differ: speeds, seconds, threads, and the
name of the kernels. The commands run in order, in one temporary folder that has the folder corpora.
The exit code is 1, with a diff, if an output differs.
"""

import difflib
import os
import re
import subprocess
import tempfile
from contextlib import nullcontext
from pathlib import Path

from charnn_dev import program
from charnn_dev.console import Parser, say
from charnn_dev.program import ROOT

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "…"
MASKS = {
    r"[\d,]+ characters per second": "N characters per second",
    r'"(chars_per_second|seconds)":[\d.e+-]+': r'"\1":N',
    r'"kernels":"\w+"': '"kernels":"K"',
    r"\b\w+ kernels\b": "K kernels",
    r"\b\d+ threads?\b": "N threads",
}


def masked(text):
    for pattern, replacement in MASKS.items():
        text = re.sub(pattern, replacement, text)
    return [line.rstrip() for line in text.rstrip().splitlines()]


def examples(markdown):
    """Each command with the output that is shown below it."""
    for block in BLOCK.findall(markdown):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


def agrees(shown, printed):
    """Whether lines are those shown, in which some may be left out."""
    pattern = "".join(
        "(?:.*\n)*" if line == LEFT_OUT else re.escape(line) + "\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None


def check(command, shown, folder):
    """Runs a command; whether it prints what is shown, and if not, a diff."""
    variables = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "NO_COLOR": "1"}
    result = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=variables, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )
    expected, printed = masked(shown), masked(result.stdout)
    if agrees(expected, printed):
        return True
    print(f"$ {command}")
    print("\n".join(difflib.unified_diff(expected, printed, "README.md", "today", lineterm="")))
    return False


def main(arguments):
    parser = Parser("check-readme", __doc__)
    parser.add_argument("file", nargs="?", type=Path, default=ROOT / "README.md")
    parser.add_argument("--folder", type=Path, help="run the commands there, and leave what they make")
    options = parser.parse_args(arguments)
    found = list(examples(options.file.read_text()))
    with nullcontext(options.folder) if options.folder else tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bin").mkdir()
        (Path(folder) / "bin/charnn").symlink_to(program.path())
        (Path(folder) / "corpora").symlink_to(ROOT / "corpora")
        wrong = sum(not check(command, shown, folder) for command, shown in found)
    say(f"check-readme: {len(found)} commands, {wrong} with another output than is shown")
    return 1 if wrong or not found else 0
