"""The corpora, and what charnn makes of a text before it trains on it."""

import re
from pathlib import Path

from charnn_dev.console import EX_NOINPUT, fail, say
from charnn_dev.program import ROOT

# The built-in text that stands in for one that is not there.
BUILT_IN = {
    "timemachine.txt": "time_traveller",
    "hongloumeng.txt": "lyrics_zh",
    "tinyshakespeare.txt": "time_traveller",
    "warandpeace.txt": "time_traveller",
}


class Corpora:
    """Where the texts are: in a folder, or built into charnn."""

    def __init__(self, folder):
        if folder and not folder.is_dir():
            fail(f"--corpora {folder}: no such folder", EX_NOINPUT)
        default = ROOT.parent / "shared/corpora"
        self.folder = folder or (default if default.is_dir() else None)
        if self.folder is None:
            say("no corpora: the texts built into charnn serve in their place")

    def path(self, file):
        """Of a corpus, or of a file that is none."""
        if file not in BUILT_IN:
            return Path(file).resolve()
        if self.folder is None:
            return ROOT / f"corpora/{BUILT_IN[file]}.txt"
        path = self.folder.resolve() / file
        if not path.is_file():
            fail(f"{path} is missing; without --corpora, built-in texts serve", EX_NOINPUT)
        return path

    def name(self, file):
        """As charnn takes it, without the folders of this machine."""
        stands_in = file in BUILT_IN and not self.folder
        return f"@{BUILT_IN[file]}" if stands_in else Path(file).name

    def argument(self, file):
        """What charnn is given on this machine."""
        name = self.name(file)
        return name if name.startswith("@") else self.path(file)


def prepared(path, kind, characters=None):
    """The first characters of a text as `charnn train --text KIND` reads it."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}", EX_NOINPUT)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "flat":
        text = text.replace("\n", " ")
    elif kind == "letters":
        lines = (re.sub("[^A-Za-z]+", " ", line) for line in text.split("\n"))
        text = "".join(line.strip().lower() for line in lines)
    return text[:characters]


def vocabulary(text, kind):
    """The tokens in the order of their numbers."""
    return ["<unk>"] * (kind == "letters") + sorted(set(text))


def numbered(text, tokens):
    """The numbers of the characters."""
    numbers = {token: number for number, token in enumerate(tokens)}
    return [numbers[character] for character in text]
