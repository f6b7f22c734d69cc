"""What scripts/bench measures: models and the texts they are trained on."""

import re
from dataclasses import dataclass
from pathlib import Path

from bench_processes import EX_NOINPUT, ROOT, fail

# The text that stands in for one that is not there.
BUILT_IN = {
    "timemachine.txt": "time_traveller.txt",
    "hongloumeng.txt": "lyrics_zh.txt",
    "tinyshakespeare.txt": "time_traveller.txt",
}


@dataclass(frozen=True)
class Workload:
    """A model, the text it is trained on, and how."""

    name: str
    file: str  # its name, or the path of one that is no corpus
    text: str  # raw, letters or flat, as `charnn train --text`
    characters: int  # of the text, from its beginning
    cell: str
    layers: int
    hidden: int
    init: str = "uniform"
    optimizer: str = "adam"
    rate: float = 0.002
    clip: float = 1
    batch: int = 32
    steps: int = 35

    @property
    def gates(self):
        return {"rnn": 1, "gru": 3, "lstm": 4}[self.cell]

    def flop_per_character(self, vocabulary_size):
        """Of training: each weight multiplies forward, for its input's gradient and for its own.

        That is three multiply-adds of two operations. The first layer's input matrix does not
        count: on a one-hot character it is the choice of a row.
        """
        square = self.gates * self.hidden * self.hidden
        return 6 * (square * (2 * self.layers - 1) + self.hidden * vocabulary_size)

    def charnn_options(self):
        options = {
            "text": self.text,
            "max-chars": self.characters,
            "cell": self.cell,
            "layers": self.layers,
            "hidden": self.hidden,
            "init": self.init,
            "optimizer": self.optimizer,
            "lr": self.rate,
            "clip": self.clip,
            "batch": self.batch,
            "steps": self.steps,
        }
        return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def time_machine(name, cell, layers, hidden, rate, init="uniform"):
    return Workload(
        name, "timemachine.txt", "letters", 10_000, cell, layers, hidden, init, "sgd", rate
    )


def chinese(name, cell, layers):
    return Workload(
        name, "hongloumeng.txt", "flat", 10_000, cell, layers, 256, rate=0.01, clip=0.01
    )


def shakespeare(name, characters, hidden, batch, steps):
    return Workload(
        name, "tinyshakespeare.txt", "raw", characters, "lstm", 2, hidden, batch=batch, steps=steps
    )


ROWS = {
    row.name: row
    for row in (
        time_machine("lstm-deep", "lstm", 2, 256, rate=2),
        time_machine("gru", "gru", 1, 256, rate=2),
        time_machine("rnn-deep", "rnn", 2, 512, rate=1, init="normal"),
        time_machine("rnn-scratch", "rnn", 1, 512, rate=1, init="normal"),
        chinese("zh-gru", "gru", 1),
        chinese("zh-lstm", "lstm", 1),
        chinese("zh-lstm-2", "lstm", 2),
        shakespeare("wide", 200_000, hidden=512, batch=64, steps=128),
        shakespeare("odd", 20_000, hidden=250, batch=31, steps=33),
    )
}


class Texts:
    """Where the texts are."""

    def __init__(self, folder):
        default = ROOT.parent / "shared/corpora"
        self.folder = folder or (default if default.is_dir() else None)
        if folder and not folder.is_dir():
            fail(f"--corpora {folder}: no such folder", EX_NOINPUT)

    def path(self, workload):
        if workload.file not in BUILT_IN:
            return Path(workload.file)
        if self.folder is None:
            return ROOT / "corpora" / BUILT_IN[workload.file]
        path = self.folder / workload.file
        if not path.is_file():
            fail(f"{path} is missing; without --corpora, built-in texts serve", EX_NOINPUT)
        return path

    def flop_per_character(self, workload):
        vocabulary, _ = read_text(self.path(workload), workload)
        return workload.flop_per_character(len(vocabulary))


def read_text(path, workload):
    """The vocabulary in index order, and the text as charnn prepares it for the workload."""
    text = path.read_bytes().decode().replace("\r\n", "\n")
    if workload.text == "flat":
        text = text.replace("\n", " ")
    elif workload.text == "letters":
        lines = (re.sub("[^A-Za-z]+", " ", line) for line in text.split("\n"))
        text = "".join(line.strip().lower() for line in lines)
    text = text[: workload.characters]
    return ["<unk>"] * (workload.text == "letters") + sorted(set(text)), text


def text_of(different, characters, folder):
    """The path of a text of so many different characters, which follow one another in turn."""
    path = Path(folder) / f"{different}.txt"
    text = [chr(0x4E00 + index % different) for index in range(characters)]
    path.write_text("".join(text), encoding="utf-8")
    return str(path)
