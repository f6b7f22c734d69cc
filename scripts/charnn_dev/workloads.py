"""Every model that the tools train: the recipes that charnn grew from, and two more to measure."""

from dataclasses import dataclass, field

from charnn_dev.tables import model_name

# Blocks of a cell's weights.
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
ENGLISH, CHINESE = "timemachine.txt", "hongloumeng.txt"


@dataclass(frozen=True)
class Workload:
    """A model, the text it is trained on, how, and what was published about it."""

    name: str
    file: str  # a corpus, or the path of another text
    text: str  # raw, letters or flat, as `charnn train --text`
    cell: str
    layers: int
    hidden: int
    init: str = "uniform"
    optimizer: str = "adam"
    rate: float = 0.002
    clip: float = 1
    characters: int = 10_000  # of the text, from its beginning
    batch: int = 32
    steps: int = 35
    options: str = ""  # others of `charnn train`
    remark: str = ""  # what they say, for the table
    epochs: int = 0
    shown: tuple = ()  # the epochs whose perplexities are in the table
    published: dict = field(default_factory=dict)  # perplexity by epoch, as its author wrote it
    published_speed: str = "–"

    @property
    def model(self):
        size = model_name(self.cell, self.layers, self.hidden)
        return f"{size}, {self.remark}" if self.remark else size

    @property
    def gates(self):
        return GATES[self.cell]

    def flop_per_character(self, vocabulary_size):
        """Of training: each weight multiplies forward, for its input's gradient and for its own.

        That is three multiply-adds of two operations. The first layer's input matrix does not
        count: on a one-hot character it is the choice of a row.
        """
        square = self.gates * self.hidden * self.hidden
        return 6 * (square * (2 * self.layers - 1) + self.hidden * vocabulary_size)

    def train_options(self):
        """Text, model, optimiser and batches, as words of `charnn train`."""
        return (
            f"--text {self.text} --max-chars {self.characters} --cell {self.cell} "
            f"--layers {self.layers} --hidden {self.hidden} {self.options} --init {self.init} "
            f"--optimizer {self.optimizer} --lr {self.rate} --clip {self.clip} "
            f"--batch {self.batch} --steps {self.steps}"
        ).split()


def english(name, cell, layers, hidden, rate, published, speed="CUDA", init="uniform", **more):
    return Workload(
        name, ENGLISH, "letters", cell, layers, hidden, init, "sgd", rate, epochs=500,
        shown=(100, 200, 300, 500), published={500: published}, published_speed=speed, **more,
    )


# The zh rows were published with the same cuts in every epoch, and that decides what they reach. On
# the text of the published runs PyTorch with fixed cuts has at epochs 40, 80, 120 and 160:
# zh-lstm-2 1.13, 1.032, 1.023, 1.015 (published: 12.84, 1.248, 1.022, 1.016); zh-lstm 1.044, 1.023,
# 1.023, 1.021; zh-gru 1.021, 1.026, 1.024, 1.022. charnn with a new offset in each epoch has 35.1,
# 2.56, 1.20, 1.058 for zh-lstm-2; 151, 30.6, 4.85, 1.61 for zh-gru-scratch (published: 149 at 40
# and 1.43 at 160); and 223, 67.4, 16.0, 4.47 for zh-lstm-scratch.
def chinese(name, cell, layers, published, speed, hidden=256, scratch=False, options="", **more):
    options = f"--offset zero {options}".rstrip()
    init, optimizer, rate = ("normal", "sgd", 100) if scratch else ("uniform", "adam", 0.01)
    shown = (40, 80, 120, 160)
    values = {epoch: value for epoch, value in zip(shown, published.split()) if value != "-"}
    return Workload(
        name, CHINESE, "flat", cell, layers, hidden, init, optimizer, rate, 0.01, epochs=160,
        shown=shown, published=values, published_speed=speed, options=options, **more,
    )


def shakespeare(name, characters, hidden, batch, steps):
    return Workload(
        name, "tinyshakespeare.txt", "raw", "lstm", 2, hidden,
        characters=characters, batch=batch, steps=steps, options="--validation 0",
    )


def by_name(*workloads):
    return {workload.name: workload for workload in workloads}


RECIPES = by_name(
    english("rnn-scratch", "rnn", 1, 512, 1, "1.0", init="normal"),
    english("rnn-random", "rnn", 1, 512, 1, "about 1.3", init="normal",
            options="--sampling random", remark="random sampling"),
    english("rnn-concise", "rnn", 1, 256, 1, "about 1.3"),
    english("rnn-deep", "rnn", 2, 512, 1, "1.0", "63,514 CUDA", init="normal"),
    english("gru", "gru", 1, 256, 2, "1.0", "230,591 CUDA"),
    english("lstm-deep", "lstm", 2, 256, 2, "1.0", "116,174 and 161,938 CUDA"),
    chinese("zh-gru-scratch", "gru", 1, "149.27 - - 1.427", "1.16 s/epoch CPU", scratch=True,
            options="--gru-reset after"),
    chinese("zh-gru", "gru", 1, "1.016 1.011 1.011 1.058", "0.92 s/epoch"),
    chinese("zh-lstm-scratch", "lstm", 1, "211.46 68.46 15.03 3.897", "1.50 s/epoch CPU",
            scratch=True),
    chinese("zh-lstm", "lstm", 1, "1.0199 1.0131 1.0103 1.0090", "1.02 s/epoch"),
    chinese("zh-lstm-2", "lstm", 2, "12.84 1.248 1.022 1.016", "1.53 s/epoch"),
    # Published as a stack that never learns; the row after it is what charnn makes of six layers.
    chinese("zh-lstm-6", "lstm", 6, "276.8 276.3 276.1 275.7", "8.5 s/epoch",
            options="--no-residual --forget-bias 0"),
    chinese("zh-lstm-6-residual", "lstm", 6, "", "–", remark="residual"),
    chinese("zh-gru-bi", "gru", 1, "1.0017 1.0005 1.0003 1.0002", "0.91 s/epoch", hidden=128,
            options="--bidirectional", remark="bidirectional"),
    chinese("zh-cloze", "gru", 1, "", "–", hidden=128, options="--objective cloze",
            remark="cloze"),
)
BENCHMARKS = {
    name: RECIPES[name]
    for name in "lstm-deep gru rnn-deep rnn-scratch zh-gru zh-lstm zh-lstm-2".split()
} | by_name(
    shakespeare("wide", 200_000, hidden=512, batch=64, steps=128),
    shakespeare("odd", 20_000, hidden=250, batch=31, steps=33),
)
