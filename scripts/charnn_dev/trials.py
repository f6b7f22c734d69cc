"""Tries what lets deep recurrent stacks learn, alone and together, with PyTorch.

    scripts/dev trials CORPUS     runs the trials that have no result yet, then prints the table
    scripts/dev trials --table    prints the table of what is there

Each trial trains a stack of six layers of 256 hidden units on the first 10,000 characters of CORPUS
(batch 32, 35 steps, sequential, Adam) until the perplexity of an epoch is below 1.1, at most for 40
epochs; the table says in bold in which, or the perplexity of the last. The defaults of
`charnn train` for deep stacks were decided from it; it is PyTorch's, so that remedies which charnn
does not have can be tried too. A trial takes one thread and a minute or two; as many run at a time
as the machine has cores. Results are kept in .build/trials.jsonl.
"""

import math
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial

import torch
from torch import nn

from charnn_dev import jsonlines, minibatches, texts
from charnn_dev.console import Parser, say
from charnn_dev.models import Network, update
from charnn_dev.program import ROOT
from charnn_dev.tables import markdown

RESULTS = ROOT / ".build/trials.jsonl"
LAYERS, HIDDEN, BATCH, STEPS, CHARACTERS, EPOCHS = 6, 256, 32, 35, 10_000, 40
LEARNED = 1.1  # the perplexity that ends a trial
WARM_UP_UPDATES = 160

# The remedies, each a letter of a variant.
RESIDUAL, FORGET, INPUT, NORM, ORTHOGONAL, WARM_UP = "R", "F", "I", "N", "O", "W"
REMEDIES = {
    RESIDUAL: "residual", FORGET: "forget bias 1", INPUT: "input ±1", NORM: "layer norm",
    ORTHOGONAL: "orthogonal", WARM_UP: "warm-up",
}
# What charnn takes unless told otherwise, and what the published six-layer LSTM was trained with.
DEFAULTS, PUBLISHED = (0.002, 1), (0.01, 0.01)
VARIANTS = ["", "F", "O", "W", "N", "I", "R", "RF", "RW", "RN", "RI", "RFI"]
EACH = ["", "O", "W", "N", "I", "R", "RW", "RN", "RI"]  # the forget bias is the LSTM's alone
COLUMNS = {
    ("rnn", DEFAULTS): EACH,
    ("gru", DEFAULTS): EACH,
    ("lstm", DEFAULTS): VARIANTS,
    ("rnn", PUBLISHED): ["", "N", "R", "RW", "RN", "RI"],
    ("gru", PUBLISHED): ["", "R", "RW", "RN", "RI"],
    ("lstm", PUBLISHED): ["", "R", "RF", "RW", "RN", "RI", "RFI"],
}


@dataclass(frozen=True)
class Trial:
    cell: str
    layers: int
    remedies: str
    rate: float
    clip: float
    epochs: int


class Stack(Network):
    """A network with the remedies asked for."""

    def __init__(self, trial, vocabulary_size):
        self.remedies = trial.remedies
        residual = RESIDUAL in trial.remedies
        shape = (vocabulary_size, trial.cell, trial.layers, HIDDEN)
        super().__init__(*shape, residual=residual, separate=True)
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN) for _ in range(trial.layers))
        with torch.no_grad():
            self.initialize()

    def initialize(self):
        """Changes what PyTorch has drawn, uniform in ±1/√hidden."""
        layers = self.stacks[0]
        if INPUT in self.remedies:
            layers[0].weight_ih_l0.uniform_(-1, 1)
        for layer in layers:
            if ORTHOGONAL in self.remedies:
                for gate in layer.weight_hh_l0.split(HIDDEN):
                    nn.init.orthogonal_(gate)
            if FORGET in self.remedies and isinstance(layer, nn.LSTM):
                layer.bias_ih_l0[HIDDEN : 2 * HIDDEN] += 1

    def between(self, layer, outputs):
        return self.norms[layer](outputs) if NORM in self.remedies else outputs


def train_epoch(model, optimizer, trial, tokens, updates):
    """The epoch's perplexity, and the updates done so far."""
    clip = partial(nn.utils.clip_grad_norm_, max_norm=trial.clip)
    state, losses = None, []
    for inputs, targets in minibatches.epoch(tokens, BATCH, STEPS):
        updates += 1
        if WARM_UP in trial.remedies:
            for group in optimizer.param_groups:
                group["lr"] = trial.rate * min(1, updates / WARM_UP_UPDATES)
        loss, state = update(model, optimizer, inputs, targets, state, clip)
        losses.append(loss.item())
    return math.exp(min(sum(losses) / len(losses), 700)), updates


def run(trial, text):
    """The trial's result: the epoch in which it learned, or None, and its last perplexity."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    vocabulary = texts.vocabulary(text, "flat")
    tokens = torch.tensor(texts.numbered(text, vocabulary))
    model = Stack(trial, len(vocabulary))
    optimizer = torch.optim.Adam(model.parameters(), lr=trial.rate)
    updates = 0
    for epoch in range(1, trial.epochs + 1):
        perplexity, updates = train_epoch(model, optimizer, trial, tokens, updates)
        if perplexity < LEARNED:
            return {**asdict(trial), "learned": epoch, "perplexity": perplexity}
    return {**asdict(trial), "learned": None, "perplexity": perplexity}


def trial_of(cell, setting, variant):
    return Trial(cell, LAYERS, variant, *setting, EPOCHS)


def results():
    """What is kept: the epoch in which a trial learned, and its last perplexity."""
    found = {}
    for values in jsonlines.read(RESULTS):
        outcome = values.pop("learned"), values.pop("perplexity")
        found[Trial(**values)] = outcome
    return found


def run_missing(text):
    known = results()
    trials = [trial_of(*column, name) for column, names in COLUMNS.items() for name in names]
    missing = [trial for trial in trials if trial not in known]
    RESULTS.parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(run, trial, text) for trial in missing]
        for done, future in enumerate(as_completed(futures), start=1):
            jsonlines.append(RESULTS, future.result())
            say(f"{done} of {len(missing)}: {future.result()}")


def shown(outcome):
    if outcome is None:
        return ""
    learned, perplexity = outcome
    return f"**{learned}**" if learned else f"{perplexity:.3g}"


def table():
    found = results()
    titles = [f"{cell.upper()}, lr {rate:g}, clip {clip:g}" for cell, (rate, clip) in COLUMNS]
    rows = []
    for variant in VARIANTS:
        cells = [shown(found.get(trial_of(*column, variant))) for column in COLUMNS]
        if any(cells):
            rows.append([", ".join(REMEDIES[letter] for letter in variant) or "plain", *cells])
    return markdown([f"{LAYERS} layers", *titles], rows)


def main(arguments):
    parser = Parser("trials", __doc__)
    parser.add_argument("corpus", nargs="?")
    parser.add_flags(table="only print the table of what is there")
    options = parser.parse_args(arguments)
    if options.corpus:
        run_missing(texts.prepared(options.corpus, "flat", CHARACTERS))
    elif not options.table:
        parser.error("give a CORPUS, or --table")
    print(table())
