"""PyTorch's side of scripts/bench: a program that trains or generates with one model for a while.

    bench_pytorch.py JOB

JOB is JSON: see `pytorch_command` in bench_processes.py.
"""

import json
import resource
import sys
import time
from pathlib import Path

import torch
from bench_workloads import Workload, read_text
from golden import Model, mean_loss

FEWEST_STEPS = 5  # to warm up, and then to count


def pytorch_process(job):
    """Does the job that `pytorch_command` describes and prints what it finds as JSON.

    speed: characters per second; faults (of training): page faults a step, after the warm-up.
    """
    torch.manual_seed(1)
    workload = Workload(**job["workload"])
    vocabulary, text = read_text(Path(job["path"]), workload)
    indices = {character: index for index, character in enumerate(vocabulary)}
    ids = torch.tensor([indices[character] for character in text])
    task = {"train": train, "generate": generate}[job["task"]]
    model = make_model(workload, len(vocabulary), job["form"])
    print(json.dumps(task(workload, model, ids, job["seconds"], job["tuned"])))


def make_model(workload, vocabulary_size, form):
    if form == "rows":
        model = RowsModel(workload, vocabulary_size)
    else:
        shape = (workload.cell, workload.layers, workload.hidden)
        model = Model(vocabulary_size, *shape, "tanh", bidirectional=False, embedding=0)
    if form == "buffer":
        model = BufferModel(workload, model)
    if form == "cells":
        model = CellsModel(model)
    if workload.init == "normal":
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, 0, 0.01 if parameter.dim() == 2 else 0)
    return model


class BufferModel:
    """A model whose one-hot input is written to the same tensor each time."""

    def __init__(self, workload, model):
        self.model = model
        self.vectors = torch.zeros(workload.steps, workload.batch, model.vocabulary_size)

    def parameters(self):
        return self.model.parameters()

    def __call__(self, inputs, state):
        vectors = self.vectors.zero_().scatter_(2, inputs.unsqueeze(2), 1)
        outputs, state = self.model.rnn(vectors, state)
        return self.model.linear(outputs), state


class RowsModel:
    """A model whose first layer's input product is the look-up of rows, input bias included.

    As nn.LSTM and its like cannot start from such products, that layer is written out; those
    above it are one of them. The state is (first layer's, upper layers').
    """

    def __init__(self, workload, vocabulary_size):
        nn = torch.nn
        hidden, upper_layers = workload.hidden, workload.layers - 1
        self.hidden = hidden
        self.rows = nn.Embedding(vocabulary_size, workload.gates * hidden)
        self.recurrent = nn.Linear(hidden, workload.gates * hidden)
        kinds = {
            "rnn": (nn.RNN, self.rnn, 1),
            "gru": (nn.GRU, self.gru, 1),
            "lstm": (nn.LSTM, self.lstm, 2),
        }
        module, self.advance, self.states = kinds[workload.cell]
        self.upper = module(hidden, hidden, upper_layers) if upper_layers else None
        self.linear = nn.Linear(hidden, vocabulary_size)
        for parameter in (*self.rows.parameters(), *self.recurrent.parameters()):
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)

    def parameters(self):
        modules = (self.rows, self.recurrent, self.upper, self.linear)
        return [parameter for module in modules if module for parameter in module.parameters()]

    def __call__(self, inputs, state):
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


def detached(state):
    """The state, however it is nested, without the graph that computed it."""
    if isinstance(state, tuple):
        return tuple(detached(part) for part in state)
    return None if state is None else state.detach()


def train(workload, model, ids, seconds, tuned):
    """Trains for about `seconds` of steps after a warm-up."""
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    optimizer = optimizers[workload.optimizer](
        model.parameters(), lr=workload.rate, fused=True if tuned else None
    )

    def step(inputs, targets, state):
        logits, state = model(inputs, state)
        loss = mean_loss(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), workload.clip)
        optimizer.step()
        loss.item()  # as a program that reports it does
        return detached(state)

    batches = minibatches(ids, workload)
    state = None

    def steps(enough):
        """Steps and their seconds, until there are enough of both."""
        nonlocal state
        count, spent = 0, 0.0
        while count < FEWEST_STEPS or spent < enough:
            inputs, targets, is_first = next(batches)
            start = time.perf_counter()
            state = step(inputs, targets, None if is_first else state)
            spent += time.perf_counter() - start
            count += 1
        return count, spent

    steps(seconds / 4)
    faults = page_faults()
    count, spent = steps(seconds)
    return {
        "speed": count * workload.batch * workload.steps / spent,
        "faults": (page_faults() - faults) / count,
    }


def minibatches(ids, workload):
    """Inputs and targets, both [T, B], without end, and whether they are an epoch's first.

    The sequential partition, from an offset drawn anew for each epoch, as charnn's.
    """
    batch, steps = workload.batch, workload.steps
    while True:
        offset = int(torch.randint(min(steps, len(ids) - batch * steps - 1) + 1, ()))
        stream = (len(ids) - offset - 1) // batch
        inputs, targets = (
            ids[first : first + batch * stream].view(batch, stream).t().contiguous()
            for first in (offset, offset + 1)
        )
        for start in range(0, stream - steps + 1, steps):
            yield inputs[start : start + steps], targets[start : start + steps], start == 0


def page_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


class CellsModel:
    """A model of LSTMs for one character a call, with less around the arithmetic."""

    def __init__(self, model):
        rnn = model.rnn
        widths = [rnn.input_size] + [rnn.hidden_size] * (rnn.num_layers - 1)
        self.cells = [torch.nn.LSTMCell(width, rnn.hidden_size) for width in widths]
        self.linear = model.linear
        self.one_hot = torch.eye(rnn.input_size)

    def __call__(self, inputs, states):
        x = self.one_hot[inputs[0]]
        states = states or [None] * len(self.cells)
        new_states = []
        for cell, state in zip(self.cells, states):
            new_states.append(cell(x, state))
            x = new_states[-1][0]
        return self.linear(x), new_states


def generate(workload, model, ids, seconds, tuned):
    """Generates greedily for about `seconds`, one character after another."""
    if tuned:
        torch.set_num_threads(1)
    with torch.inference_mode() if tuned else torch.no_grad():
        character, state = ids[:1].view(1, 1), None
        generated = []
        start = time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            logits, state = model(character, state)
            character = logits.argmax(-1).view(1, 1)
            generated.append(character.item())
        return {"speed": len(generated) / spent}


if __name__ == "__main__":
    pytorch_process(json.loads(sys.argv[1]))
