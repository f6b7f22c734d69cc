"""Tries what lets deep recurrent stacks learn, alone and together, with PyTorch.

    scripts/trials CORPUS            runs the trials that have no result yet, then prints the table
    scripts/trials --table           prints the table of what is there

Each trial trains a stack of six layers of 256 hidden units on the first 10,000 characters of CORPUS
(batch 32, 35 steps, sequential, Adam) until the perplexity of an epoch is below 1.1, at most for 40
epochs; the table says in bold in which, or the perplexity of the last. The defaults of
`charnn train` for deep stacks were decided from it; it is PyTorch's, so that remedies which charnn
does not have can be tried too. A trial takes one thread and a minute or two; as many run at a time
as the machine has cores. Results are kept in .build/trials.jsonl.
"""

import argparse
import json
import math
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

RESULTS = Path(__file__).resolve().parent.parent / ".build/trials.jsonl"
LAYERS, HIDDEN, BATCH, STEPS, CHARACTERS, EPOCHS = 6, 256, 32, 35, 10_000, 40
LEARNED = 1.1  # the perplexity that ends a trial
WARM_UP_UPDATES = 160
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}

# The remedies, each a letter of a variant.
RESIDUAL, FORGET, INPUT, NORM, ORTHOGONAL, WARM_UP = "R", "F", "I", "N", "O", "W"
REMEDIES = {
    RESIDUAL: "residual",
    FORGET: "forget bias 1",
    INPUT: "input ±1",
    NORM: "layer norm",
    ORTHOGONAL: "orthogonal",
    WARM_UP: "warm-up",
}


@dataclass(frozen=True)
class Trial:
    cell: str
    layers: int
    remedies: str
    rate: float
    clip: float
    epochs: int


class Stack(nn.Module):
    """Layers of one PyTorch module each, with the remedies asked for, and an output layer."""

    def __init__(self, trial, vocabulary_size):
        super().__init__()
        self.remedies = trial.remedies
        self.vocabulary_size = vocabulary_size
        kind = CELLS[trial.cell]
        self.layers = nn.ModuleList(
            kind(HIDDEN if layer else vocabulary_size, HIDDEN) for layer in range(trial.layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN) for _ in self.layers)
        self.output = nn.Linear(HIDDEN, vocabulary_size)
        with torch.no_grad():
            self.initialize()

    def initialize(self):
        """Changes what PyTorch has drawn, uniform in ±1/√hidden."""
        if INPUT in self.remedies:
            self.layers[0].weight_ih_l0.uniform_(-1, 1)
        for layer in self.layers:
            if ORTHOGONAL in self.remedies:
                for gate in layer.weight_hh_l0.split(HIDDEN):
                    nn.init.orthogonal_(gate)
            if FORGET in self.remedies and isinstance(layer, nn.LSTM):
                layer.bias_ih_l0[HIDDEN : 2 * HIDDEN] += 1

    def forward(self, inputs, states):
        """Logits [T, B, V] and the states by layer."""
        values, new_states = one_hot(inputs, self.vocabulary_size).float(), []
        for index, layer in enumerate(self.layers):
            outputs, state = layer(values, states[index] if states else None)
            if NORM in self.remedies:
                outputs = self.norms[index](outputs)
            values = outputs + values if RESIDUAL in self.remedies and index else outputs
            new_states.append(state)
        return self.output(values), new_states


def detach(state):
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def minibatches(tokens):
    """One epoch: inputs and targets [T, B], from a random offset."""
    offset = int(torch.randint(0, STEPS + 1, (1,)))
    stream = (len(tokens) - offset - 1) // BATCH
    inputs = tokens[offset : offset + BATCH * stream].view(BATCH, stream).t()
    targets = tokens[offset + 1 : offset + 1 + BATCH * stream].view(BATCH, stream).t()
    for first in range(0, stream // STEPS * STEPS, STEPS):
        yield inputs[first : first + STEPS], targets[first : first + STEPS]


def train_epoch(model, optimizer, trial, tokens, updates):
    """The epoch's perplexity, and the updates done so far."""
    states, total, count = None, 0.0, 0
    for inputs, targets in minibatches(tokens):
        updates += 1
        if WARM_UP in trial.remedies:
            for group in optimizer.param_groups:
                group["lr"] = trial.rate * min(1, updates / WARM_UP_UPDATES)
        logits, states = model(inputs, states)
        states = [detach(state) for state in states]
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), trial.clip)
        optimizer.step()
        total, count = total + loss.item(), count + 1
    return math.exp(min(total / count, 700)), updates


def run(trial, text):
    """The trial's result: the epoch in which it learned, or None, and its last perplexity."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    vocabulary = {character: index for index, character in enumerate(sorted(set(text)))}
    tokens = torch.tensor([vocabulary[character] for character in text])
    model = Stack(trial, len(vocabulary))
    optimizer = torch.optim.Adam(model.parameters(), lr=trial.rate)
    updates = 0
    for epoch in range(1, trial.epochs + 1):
        perplexity, updates = train_epoch(model, optimizer, trial, tokens, updates)
        if perplexity < LEARNED:
            return {**asdict(trial), "learned": epoch, "perplexity": perplexity}
    return {**asdict(trial), "learned": None, "perplexity": perplexity}


# Which trials there are


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


def trial(cell, setting, variant):
    return Trial(cell, LAYERS, variant, *setting, EPOCHS)


def all_trials():
    for (cell, setting), variants in COLUMNS.items():
        for variant in variants:
            yield trial(cell, setting, variant)


def results():
    if not RESULTS.exists():
        return {}
    found = {}
    for line in RESULTS.read_text().splitlines():
        values = json.loads(line)
        outcome = values.pop("learned"), values.pop("perplexity")
        found[Trial(**values)] = outcome
    return found


def run_missing(text):
    known = results()
    missing = [trial for trial in all_trials() if trial not in known]
    RESULTS.parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool, RESULTS.open("a") as file:
        futures = [pool.submit(run, trial, text) for trial in missing]
        for done, future in enumerate(as_completed(futures), start=1):
            print(json.dumps(future.result()), file=file, flush=True)
            print(f"{done} of {len(missing)}: {future.result()}", file=sys.stderr)


# The table


def shown(outcome):
    if outcome is None:
        return ""
    learned, perplexity = outcome
    return f"**{learned}**" if learned else f"{perplexity:.3g}"


def print_table():
    found = results()
    titles = [f"{cell.upper()}, lr {rate:g}, clip {clip:g}" for cell, (rate, clip) in COLUMNS]
    print(f"| {LAYERS} layers |", " | ".join(titles), "|")
    print("| --- |" + " ---: |" * len(titles))
    for variant in VARIANTS:
        cells = [shown(found.get(trial(*column, variant))) for column in COLUMNS]
        name = ", ".join(REMEDIES[letter] for letter in variant) or "plain"
        if any(cells):
            print(f"| {name} |", " | ".join(cells), "|")


def main():
    parser = argparse.ArgumentParser(usage="scripts/trials CORPUS | --table")
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    if arguments.corpus:
        text = Path(arguments.corpus).read_text(encoding="utf-8")
        run_missing(text.replace("\r\n", "\n").replace("\n", " ")[:CHARACTERS])
    elif not arguments.table:
        parser.error("give a CORPUS, or --table")
    print_table()


if __name__ == "__main__":
    main()
