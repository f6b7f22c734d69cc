"""Trains the models of Karpathy, Johnson and Li 2015 on War and Peace: their table 1.

    scripts/dev karpathy                    every row that has no result yet
    scripts/dev karpathy lstm-2-128 gru-1-64
    scripts/dev karpathy --quick            one epoch of the first 20,000 characters of each
    scripts/dev karpathy --readme           also puts the table into scripts/README.md
    scripts/dev karpathy --table            trains nothing: the table of what is there
    scripts/dev karpathy --equal gru-1-64   as many parameters as the LSTM of 64 units has

RNN, LSTM and GRU of 1, 2 and 3 layers of 64, 128, 256 and 512 units (Visualizing and Understanding
Recurrent Networks, arXiv:1506.02078). The text is cut in order: 80% to train on, 10% by which the
best model is chosen, 10% on which `charnn eval` measures it, as one stream. With --parts 100 each
of a hundred parts of the text is cut so, and test text lies everywhere between training text: so the
loader of char-rnn, the author's program, does for batches of 100. What came of each row is kept in
.build, so that the table can be made over several sittings; Ctrl-C ends one. Several processes may
train at once, each the rows that it is given, with --threads 1.

The paper is remembered to say that the models of a size have about as many parameters. With --equal,
RNN and GRU have as many units as make it so.

Their file has lines that end in CR LF, and its bytes are counted. The LF after a CR is certain, so
for a text with LF alone their loss is to be multiplied by the ratio of the characters.
"""

from dataclasses import dataclass

from charnn_dev import sittings
from charnn_dev.console import Parser
from charnn_dev.sittings import Job
from charnn_dev.tables import markdown, number
from charnn_dev.texts import Corpora, prepared
from charnn_dev.workloads import GATES, by_name

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

# All that charnn would otherwise choose.
COMMON = (
    "--residual --optimizer adamw --weight-decay 0.01 --clip 1 --schedule cosine --warmup 100 "
    "--batch 16 --steps 64 --precision bfloat16"
)


@dataclass(frozen=True)
class Setting:
    """How models of one size are trained."""

    epochs: int
    rate: float
    dropout: float = 0
    recurrent_dropout: float = 0


SETTINGS = {
    64: Setting(epochs=20, rate=0.012),
    128: Setting(epochs=20, rate=0.008, dropout=0.05),
    256: Setting(epochs=12, rate=0.008, dropout=0.15, recurrent_dropout=0.05),
    512: Setting(epochs=8, rate=0.0057, dropout=0.3, recurrent_dropout=0.1),
}
# Of the other cells' rate. And nothing is dropped: with 0.15, 1 x 256 gets to 1.445 instead of 1.343.
RNN_RATE = 1 / 2


@dataclass(frozen=True)
class Row:
    cell: str
    layers: int
    hidden: int
    published: float | None

    @property
    def name(self):
        return f"{self.cell}-{self.layers}-{self.hidden}"

    def options(self, units):
        setting = SETTINGS[self.hidden]
        if self.cell == "rnn":
            setting = Setting(setting.epochs, setting.rate * RNN_RATE)
        return (
            f"--cell {self.cell} --layers {self.layers} --hidden {units} {COMMON} "
            f"--lr {setting.rate:g} --dropout {setting.dropout:g} "
            f"--recurrent-dropout {setting.recurrent_dropout:g} --epochs {setting.epochs}"
        )

    def equal_units(self, vocabulary):
        """With which it has about as many parameters as the LSTM of its size, in steps of 4."""
        wanted = parameters("lstm", self.layers, self.hidden, vocabulary)

        def distance(units):
            return abs(parameters(self.cell, self.layers, units, vocabulary) - wanted)

        return min(range(4, 4 * self.hidden, 4), key=distance)


def parameters(cell, layers, units, vocabulary):
    """Weights and biases, as PyTorch's modules have them."""
    first = GATES[cell] * (vocabulary + units + 2) * units
    others = (layers - 1) * GATES[cell] * (2 * units + 2) * units
    return first + others + (units + 1) * vocabulary


ROWS = by_name(*(
    Row(cell, layers, hidden, published)
    for (cell, layers), losses in PUBLISHED.items()
    for hidden, published in zip(SIZES, losses)
))


def cut(text, parts, folder):
    """The paths of the three texts, written into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    length = len(text) // parts
    paths = {}
    for name, (start, end) in PARTS.items():
        slices = (
            text[part * length + int(length * start) : part * length + int(length * end)]
            for part in range(parts)
        )
        paths[name] = folder / f"{name}.txt"
        content = "".join(slices)
        # Another process may be reading it.
        if not paths[name].exists() or paths[name].read_text() != content:
            paths[name].write_text(content)
    return paths


def factor(text):
    """Bytes that the text has with CR LF, for each character that it has with LF."""
    return (len(text.encode()) + text.count("\n")) / len(text)


def folder_name(options):
    """Of what came of the rows."""
    parts = f"-{options.parts}" if options.parts > 1 else ""
    return f"karpathy{parts}{'-equal' if options.equal else ''}"


def jobs(options):
    corpora = Corpora(options.corpora)
    whole = prepared(corpora.path(options.text), "raw")
    text = whole[:QUICK_CHARACTERS] if options.quick else whole
    paths = cut(text, options.parts, sittings.folder(folder_name(options), options.quick))
    more = f"--validation {sittings.relative(paths['validation'])}"
    more += " --epochs 1" if options.quick else ""
    vocabulary = len(set(text))

    def job(row):
        units = row.equal_units(vocabulary) if options.equal else row.hidden
        return Job(
            row.name, corpora.name(options.text), sittings.relative(paths["train"]),
            f"{row.options(units)} {more}", paths["test"], {"test": ""}, {"factor": factor(whole)},
        )

    return [job(row) for row in ROWS.values()]


def table(found):
    """Markdown: what the figures are of, and the figures."""
    results = [result for _, result in found]
    ratio = results[-1]["factor"]
    rows = []
    for job, result in found:
        row = ROWS[job.name]
        published = "–" if row.published is None else f"{row.published * result['factor']:.3f}"
        rows.append([
            job.name, str(result["configuration"]["hidden"]), published,
            f"{result['losses']['test']:.3f}",
            f"{result['validation_epoch']:g} of {result['epochs']}", number(result["minutes"]),
        ])
    caption = (
        f"{sittings.conditions(results)}. Losses in nats per character of a tenth of "
        f"{found[-1][0].text}; the published ones are multiplied by {ratio:.4f}, for the line ends."
    )
    columns = ["row", "units", f"published x {ratio:.3f}", "charnn", "best epoch", "minutes"]
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
    parser.add_argument(
        "--parts", type=int, default=1, metavar="N", help="cut each of N parts of the text"
    )
    parser.add_flags(equal="give RNN and GRU as many parameters as the LSTM")
    options = parser.parse_trainings(arguments, ROWS)
    if not 1 <= options.parts <= 1000:
        parser.error("--parts is from 1 to 1000")
    if options.parts > 1 and options.readme:
        parser.error("--readme is for the text that is cut as a whole")
    sittings.run(folder_name(options), options, jobs(options), table)
