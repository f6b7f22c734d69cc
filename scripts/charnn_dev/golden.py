"""Writes the golden values that the tests compare charnn's arithmetic with, made by PyTorch.

It writes one file a case to Tests/RecurrentLMTests/Fixtures/golden: every cell with one and two
layers, in one and both directions, on one-hot characters, two models with an embedding in front,
and stacks that PyTorch has no module for: with residual connections, and the two stacks of a cloze.
A file NAME.safetensors holds

    rnn.*, linear.*, embedding.*   the initial parameters, under PyTorch's names
    inputs, targets                [10, T, B], token ids of ten successive minibatches
    logits, loss                   [T, B, V] and [1], of the first minibatch from a zero state
    state.h, state.c               [layers * directions, B, H], the state after that minibatch
    gradient.*, gradient_norm      of that loss, by every parameter, before clipping
    losses.sgd, losses.adam        [10], of the ten minibatches, training from those parameters

and, as string metadata, the model's shape. Running it again writes the same bytes.
"""

import json
import zlib
from pathlib import Path

import torch
from safetensors.torch import save

from charnn_dev.console import Parser
from charnn_dev.models import Network, mean_loss, update
from charnn_dev.program import ROOT

FOLDER = ROOT / "Tests/RecurrentLMTests/Fixtures/golden"
VOCABULARY_SIZE, HIDDEN, EMBEDDING, BATCH, STEPS = 11, 17, 5, 3, 5  # V, H, E, B, T
MINIBATCHES = 10
PARAMETER_RANGE = 0.4
CLIPPING = 0.25


def cases():
    """The arguments of each case's Network, all but the vocabulary and the hidden units."""
    for cell, activation in ("rnn", "tanh"), ("rnn", "relu"), ("gru", "tanh"), ("lstm", "tanh"):
        for layers in 1, 2:
            for bidirectional in False, True:
                yield case(cell, layers, bidirectional, activation=activation)
    yield case("lstm", 2, embedding=EMBEDDING)
    yield case("gru", 1, True, embedding=EMBEDDING)
    for cell in "rnn", "gru", "lstm":
        yield case(cell, 3, residual=True)
        yield case(cell, 2, True, cloze=True)
    yield case("lstm", 3, True, residual=True)
    yield case("gru", 3, True, residual=True, cloze=True)


def case(cell, layers, bidirectional=False, **more):
    values = {"activation": "tanh", "embedding": 0, "residual": False, "cloze": False}
    return {**values, "cell": cell, "layers": layers, "bidirectional": bidirectional, **more}


def file_name(case):
    parts = {
        case["cell"]: True, "relu": case["activation"] == "relu", str(case["layers"]): True,
        "bi" if case["bidirectional"] else "uni": True,
        **{name: case[name] for name in ("embedding", "residual", "cloze")},
    }
    return "-".join(part for part, is_there in parts.items() if is_there)


def metadata(case):
    values = {
        **{name: str(case[name]) for name in ("cell", "layers", "embedding")},
        "bidirectional": str(case["bidirectional"]).lower(),
        "hidden": str(HIDDEN), "vocabulary_size": str(VOCABULARY_SIZE),
        "batch": str(BATCH), "steps": str(STEPS),
        # Without the build (+cpu), which depends on where pip found the package.
        "torch": torch.__version__.split("+")[0],
    }
    if case["cell"] == "rnn":
        values["activation"] = case["activation"]
    if case["residual"]:
        values["residual"] = "true"
    if case["cloze"]:
        values["objective"] = "cloze"
    return values


def gradient_norm(parameters):
    """The norm of the gradients of all parameters taken as one vector."""
    return torch.sqrt(sum((p.grad**2).sum() for p in parameters))


def clip(parameters):
    """Scales the gradient to norm CLIPPING if it is longer.

    By hand because `nn.utils.clip_grad_norm_` divides by the norm plus 1e-6.
    """
    parameters = list(parameters)
    norm = gradient_norm(parameters)
    if norm > CLIPPING:
        for parameter in parameters:
            parameter.grad *= CLIPPING / norm


def state_tensors(state):
    """h, and c of an LSTM, each [layers * directions, B, H]; a cloze's second stack is reverse."""
    layers = [layer for by_layer in zip(*state) for layer in by_layer]
    if isinstance(layers[0], tuple):
        return dict(zip(("state.h", "state.c"), map(torch.cat, zip(*layers))))
    return {"state.h": torch.cat(layers)}


def first_minibatch(model, inputs, targets):
    """Logits, loss, state and gradients of one minibatch from a zero state."""
    logits, state = model(inputs)
    loss = mean_loss(logits, targets)
    loss.backward()
    gradients = {f"gradient.{name}": p.grad for name, p in model.checkpoint_parameters().items()}
    norm = gradient_norm(model.parameters()).reshape(1)
    return {
        "logits": logits, "loss": loss.reshape(1), **state_tensors(state), **gradients,
        "gradient_norm": norm,
    }


def training_losses(model, optimizer, inputs, targets):
    """The loss of each minibatch before its update, the state carried from one to the next.

    A bidirectional model carries the whole state as PyTorch returns it, both directions'.
    """
    losses, state = [], None
    for minibatch in zip(inputs, targets):
        loss, state = update(model, optimizer, *minibatch, state, clip)
        losses.append(loss)
    return torch.stack(losses)


def golden_values(case):
    # By name, so that adding a case leaves the others' values alone.
    generator = torch.Generator().manual_seed(zlib.crc32(file_name(case).encode()))

    def network():
        # In double precision, so that the rounding of the golden values is the last.
        return Network(VOCABULARY_SIZE, hidden=HIDDEN, **case).double()

    # In single precision: charnn starts from exactly these.
    parameters = {
        name: torch.empty(parameter.shape, dtype=torch.float32).uniform_(
            -PARAMETER_RANGE, PARAMETER_RANGE, generator=generator
        )
        for name, parameter in network().checkpoint_parameters().items()
    }
    shape = (2, MINIBATCHES, STEPS, BATCH)
    inputs, targets = torch.randint(VOCABULARY_SIZE, shape, generator=generator)
    if case["cloze"]:
        targets = inputs

    def start():
        model = network()
        model.load(parameters)
        return model

    values = first_minibatch(start(), inputs[0], targets[0])
    for name, optimizer in {
        "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.5),
        "adam": lambda parameters: torch.optim.Adam(parameters, 0.01, (0.9, 0.999), 1e-8),
    }.items():
        model = start()
        losses = training_losses(model, optimizer(model.parameters()), inputs, targets)
        values[f"losses.{name}"] = losses
    tensors = {name: value.detach().float().contiguous() for name, value in values.items()}
    return {**parameters, **tensors, "inputs": inputs.int(), "targets": targets.int()}


def with_sorted_header(file):
    """The same safetensors file with its header's keys in order.

    The library writes the metadata in an order that changes from run to run.
    """
    length = int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8 : 8 + length]), sort_keys=True, separators=(",", ":"))
    header = header.encode()
    header += b" " * (-len(header) % 8)  # the tensors stay aligned
    return len(header).to_bytes(8, "little") + header + file[8 + length :]


def main(arguments):
    parser = Parser("golden", __doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder to write to")
    folder = parser.parse_args(arguments).out
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for each in cases():
        file = with_sorted_header(save(golden_values(each), metadata(each)))
        (folder / f"{file_name(each)}.safetensors").write_bytes(file)
