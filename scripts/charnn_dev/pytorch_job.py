"""PyTorch's side of bench: trains or generates with one model for a while and prints the speed.

The only argument is a job in JSON: see `bench.pytorch_job`. It prints, in JSON too,

    speed     characters per second; 0 where PyTorch cannot train the model on this processor
    faults    of training: page faults a step, after the warm-up
"""

import json
import resource
import time
from contextlib import nullcontext
from functools import partial

import torch
from torch import nn

from charnn_dev import minibatches, texts
from charnn_dev.models import KINDS, Network, update
from charnn_dev.workloads import GATES, Workload

FEWEST_STEPS = 5  # to warm up, and then to count


class BufferNetwork(Network):
    """A network whose one-hot input is written to the same tensor each time."""

    def vectors(self, inputs):
        if getattr(self, "kept", None) is None:
            self.kept = torch.zeros(*inputs.shape, self.vocabulary_size)
        return self.kept.zero_().scatter_(2, inputs.unsqueeze(2), 1)


class RowsNetwork(nn.Module):
    """A model whose first layer's input product is the look-up of rows, input bias included.

    As nn.LSTM and its like cannot start from such products, that layer is written out; those
    above it are one of them. The state is (first layer's, upper layers').
    """

    def __init__(self, vocabulary_size, cell, layers, hidden):
        super().__init__()
        self.advance = {"rnn": self.rnn, "gru": self.gru, "lstm": self.lstm}[cell]
        self.hidden, self.states = hidden, 2 if cell == "lstm" else 1
        gates = GATES[cell]
        self.rows = nn.Embedding(vocabulary_size, gates * hidden)
        self.recurrent = nn.Linear(hidden, gates * hidden)
        self.upper = KINDS[cell](hidden, hidden, layers - 1) if layers > 1 else None
        self.linear = nn.Linear(hidden, vocabulary_size)
        for parameter in (*self.rows.parameters(), *self.recurrent.parameters()):
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)

    def forward(self, inputs, state):
        if state is None:
            state = (torch.zeros(inputs.shape[1], self.hidden),) * self.states, None
        first, upper = state
        outputs = []
        for x in self.rows(inputs).unbind():
            first = self.advance(x, *first)
            outputs.append(first[0])
        outputs = torch.stack(outputs)
        if self.upper:
            outputs, upper = self.upper(outputs, upper)
        return self.linear(outputs), (first, upper)

    def rnn(self, x, h):
        return ((x + self.recurrent(h)).tanh(),)

    def gru(self, x, h):
        sizes = [2 * self.hidden, self.hidden]
        x_gates, x_n = x.split(sizes, 1)
        h_gates, h_n = self.recurrent(h).split(sizes, 1)
        r, z = (x_gates + h_gates).sigmoid().chunk(2, 1)
        n = (x_n + r * h_n).tanh()
        return (n + z * (h - n),)

    def lstm(self, x, h, c):
        i, f, g, o = (x + self.recurrent(h)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class CellsNetwork(nn.Module):
    """A model of LSTMs for one character a call, with less around the arithmetic."""

    def __init__(self, vocabulary_size, _cell, layers, hidden):
        super().__init__()
        widths = [vocabulary_size] + [hidden] * (layers - 1)
        self.cells = nn.ModuleList(nn.LSTMCell(width, hidden) for width in widths)
        self.linear = nn.Linear(hidden, vocabulary_size)
        self.one_hot = torch.eye(vocabulary_size)

    def forward(self, inputs, states):
        x = self.one_hot[inputs[0]]
        new_states = []
        for cell, state in zip(self.cells, states or [None] * len(self.cells)):
            new_states.append(cell(x, state))
            x = new_states[-1][0]
        return self.linear(x), new_states


FORMS = {
    "one-hot": Network, "buffer": BufferNetwork, "rows": RowsNetwork, "cells": CellsNetwork,
}


def make_model(workload, vocabulary_size, form):
    model = FORMS[form](vocabulary_size, workload.cell, workload.layers, workload.hidden)
    if workload.init == "normal":
        for parameter in model.parameters():
            nn.init.normal_(parameter, 0, 0.01 if parameter.dim() == 2 else 0)
    return model


def train(workload, model, tokens, seconds, tuned, precision):
    """Trains for about `seconds` of steps after a warm-up."""
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[workload.optimizer]
    optimizer = kind(model.parameters(), lr=workload.rate, fused=True if tuned else None)
    clip = partial(nn.utils.clip_grad_norm_, max_norm=workload.clip)
    forward = torch.autocast("cpu", torch.bfloat16) if precision == "bfloat16" else nullcontext()
    batches = endless(workload, tokens)
    state = None

    def steps(enough):
        """Steps and their seconds, until there are enough of both."""
        nonlocal state
        count, spent = 0, 0.0
        while count < FEWEST_STEPS or spent < enough:
            inputs, targets, is_first = next(batches)
            start = time.perf_counter()
            state = None if is_first else state
            loss, state = update(model, optimizer, inputs, targets, state, clip, forward)
            loss.item()  # as a program that reports it does
            spent += time.perf_counter() - start
            count += 1
        return count, spent

    try:
        steps(seconds / 4)
    except RuntimeError as error:
        # oneDNN computes nn.LSTM under autocast, and cannot do that on every processor.
        if "could not create a primitive" not in str(error):
            raise
        return {"speed": 0.0, "faults": 0.0}
    faults = page_faults()
    count, spent = steps(seconds)
    return {
        "speed": count * workload.batch * workload.steps / spent,
        "faults": (page_faults() - faults) / count,
    }


def endless(workload, tokens):
    """Minibatches of one epoch after another, and whether they are an epoch's first."""
    while True:
        for index, pair in enumerate(minibatches.epoch(tokens, workload.batch, workload.steps)):
            yield *pair, index == 0


def page_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def generate(_workload, model, tokens, seconds, tuned):
    """Generates greedily for about `seconds`, one character after another."""
    if tuned:
        torch.set_num_threads(1)
    with torch.inference_mode() if tuned else torch.no_grad():
        character, state, count = tokens[:1].view(1, 1), None, 0
        start = time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            logits, state = model(character, state)
            character = logits.argmax(-1).view(1, 1)
            character.item()
            count += 1
        return {"speed": count / spent}


def main(arguments):
    job = json.loads(arguments[0])
    torch.manual_seed(1)
    workload = Workload(**job["workload"])
    text = texts.prepared(job["path"], workload.text, workload.characters)
    vocabulary = texts.vocabulary(text, workload.text)
    model = make_model(workload, len(vocabulary), job["form"])
    tokens = torch.tensor(texts.numbered(text, vocabulary))
    tasks = {"train": partial(train, precision=job["precision"]), "generate": generate}
    task = tasks[job["task"]]
    print(json.dumps(task(workload, model, tokens, job["seconds"], job["tuned"])))
