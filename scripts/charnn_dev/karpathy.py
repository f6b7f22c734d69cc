"""Trains the models of Karpathy, Johnson and Li 2015 on War and Peace: their table 1.

    scripts/dev karpathy                    every row that has no result yet
    scripts/dev karpathy lstm-2-128 gru-1-64
    scripts/dev karpathy --quick            one epoch of the first 20,000 characters of each
    scripts/dev karpathy --readme           also puts the table into scripts/README.md
    scripts/dev karpathy --table            trains nothing: the table of what is there

RNN, LSTM and GRU of 1, 2 and 3 layers of 64, 128, 256 and 512 units (Visualizing and Understanding
Recurrent Networks, arXiv:1506.02078). The text is cut in order: 80% to train on, 10% by which the
best model is chosen, 10% on which `charnn eval` measures it, as one stream. What came of each row
is kept in .build/karpathy, so that the table can be made over several sittings; Ctrl-C ends one.

Their file has lines that end in CR LF, and its bytes are counted. The LF after a CR is certain, so
for a text with LF alone their loss is to be multiplied by the ratio of the characters.
"""

from dataclasses import dataclass

from charnn_dev import sittings
from charnn_dev.console import Parser
from charnn_dev.sittings import Job
from charnn_dev.tables import markdown, number
from charnn_dev.texts import Corpora, prepared
from charnn_dev.workloads import by_name

TEXT = "warandpeace.txt"
QUICK_CHARACTERS = 20_000
PARTS = {"train": (0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1)}

SIZES = (64, 128, 256, 512)
# Test losses by layers and SIZES, in nats per byte. The figures are written down from memory and
# have not been compared with the paper. Of an RNN it has three a row: those of 64, 128 and 256
# units, as far as is remembered, with a dash at 512.
PUBLISHED = {
    ("lstm", 1): (1.449, 1.277, 1.189, 1.161),
    ("lstm", 2): (1.442, 1.227, 1.137, 1.092),
    ("lstm", 3): (1.540, 1.279, 1.141, 1.082),
    ("rnn", 1): (1.446, 1.417, 1.342, None),
    ("rnn", 2): (1.401, 1.286, 1.256, None),
    ("rnn", 3): (1.396, 1.277, 1.239, None),
    ("gru", 1): (1.398, 1.230, 1.198, 1.170),
    ("gru", 2): (1.373, 1.226, 1.164, 1.201),
    ("gru", 3): (1.472, 1.253, 1.138, 1.077),
}

# All that charnn would otherwise choose. The published stacks of three layers are plain.
COMMON = (
    "--no-residual --optimizer adamw --weight-decay 0.01 --clip 1 --schedule cosine --warmup 100 "
    "--steps 64 --recurrent-dropout 0"
)


@dataclass(frozen=True)
class Setting:
    """How models of one size are trained."""

    epochs: int
    rate: float
    batch: int
    dropout: float


SETTINGS = {
    64: Setting(epochs=15, rate=0.004, batch=32, dropout=0),
    128: Setting(epochs=15, rate=0.004, batch=32, dropout=0),
    256: Setting(epochs=12, rate=0.003, batch=32, dropout=0.1),
    512: Setting(epochs=10, rate=0.002, batch=50, dropout=0.2),
}
RNN_RATE = 1 / 4  # of the other cells' rate


@dataclass(frozen=True)
class Row:
    cell: str
    layers: int
    hidden: int
    published: float | None

    @property
    def name(self):
        return f"{self.cell}-{self.layers}-{self.hidden}"

    def options(self):
        setting = SETTINGS[self.hidden]
        rate = setting.rate * (RNN_RATE if self.cell == "rnn" else 1)
        return (
            f"--cell {self.cell} --layers {self.layers} --hidden {self.hidden} {COMMON} "
            f"--batch {setting.batch} --lr {rate:g} --dropout {setting.dropout:g} "
            f"--epochs {setting.epochs}"
        )


ROWS = by_name(*(
    Row(cell, layers, hidden, published)
    for (cell, layers), losses in PUBLISHED.items()
    for hidden, published in zip(SIZES, losses)
))


def cut(text, folder):
    """The paths of the three parts, written into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, (start, end) in PARTS.items():
        paths[name] = folder / f"{name}.txt"
        paths[name].write_text(text[int(len(text) * start) : int(len(text) * end)])
    return paths


def factor(text):
    """Bytes that the text has with CR LF, for each character that it has with LF."""
    return (len(text.encode()) + text.count("\n")) / len(text)


def jobs(options):
    corpora = Corpora(options.corpora)
    whole = prepared(corpora.path(options.text), "raw")
    text = whole[:QUICK_CHARACTERS] if options.quick else whole
    folder = sittings.folder("karpathy", options.quick)
    paths = cut(text, folder)
    more = f"--validation {sittings.relative(paths['validation'])}"
    more += " --epochs 1" if options.quick else ""
    return [
        Job(
            row.name, corpora.name(options.text), sittings.relative(paths["train"]),
            f"{row.options()} {more}", paths["test"], {"test": ""}, {"factor": factor(whole)},
        )
        for row in ROWS.values()
    ]


def table(found):
    """Markdown: what the figures are of, and the figures."""
    results = [result for _, result in found]
    ratio = results[-1]["factor"]
    rows = []
    for job, result in found:
        row = ROWS[job.name]
        published = "–" if row.published is None else f"{row.published * result['factor']:.3f}"
        rows.append([
            job.name, published, f"{result['losses']['test']:.3f}",
            f"{result['validation_epoch']:g} of {result['epochs']}", number(result["minutes"]),
        ])
    caption = (
        f"{sittings.conditions(results)}. Losses in nats per character of the last tenth of "
        f"{found[-1][0].text}; the published ones are multiplied by {ratio:.4f}, for the line ends."
    )
    columns = ["row", f"published x {ratio:.3f}", "charnn", "best epoch", "minutes"]
    return f"{caption}\n\n{markdown(columns, rows, 'lr')}\n"


def main(arguments):
    parser = Parser("karpathy", __doc__)
    parser.add_trainings(
        ROWS, quick=f"only one epoch of the first {QUICK_CHARACTERS:,} characters",
        again="train rows again that have a result",
    )
    parser.add_argument(
        "--text", default=TEXT, metavar="FILE", help=f"instead of {TEXT} of the corpora"
    )
    options = parser.parse_trainings(arguments, ROWS)
    sittings.run("karpathy", options, jobs(options), table)
