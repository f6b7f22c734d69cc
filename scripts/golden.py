"""Writes the golden values that the tests compare charnn's arithmetic with, made by PyTorch.

Run it as `scripts/golden`. It writes one file a case to Tests/RecurrentLMTests/Fixtures/golden:
every cell with one and two layers, in one and both directions, on one-hot characters, two models
with an embedding in front, and stacks that PyTorch has no module for, made of one module a layer:
with residual connections, and the two stacks of a cloze. A file NAME.safetensors holds

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
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

FOLDER = Path(__file__).resolve().parent.parent / "Tests/RecurrentLMTests/Fixtures/golden"

VOCABULARY_SIZE = 11  # V
HIDDEN = 17  # H
EMBEDDING = 5  # E
BATCH = 3  # B
STEPS = 5  # T
MINIBATCHES = 10
PARAMETER_RANGE = 0.4
CLIPPING = 0.25


class Model(nn.Module):
    """A character model whose parameters have the names that charnn's checkpoints use.

    `embedding` is the width of the embedding in front; 0 stands for one-hot characters.
    """

    def __init__(
        self, vocabulary_size, cell, layers, hidden, activation, bidirectional, embedding
    ):
        super().__init__()
        self.vocabulary_size = vocabulary_size
        self.embedding = nn.Embedding(vocabulary_size, embedding) if embedding else None
        width = embedding or vocabulary_size
        shape = {"num_layers": layers, "bidirectional": bidirectional}
        if cell == "rnn":
            self.rnn = nn.RNN(width, hidden, nonlinearity=activation, **shape)
        else:
            self.rnn = {"gru": nn.GRU, "lstm": nn.LSTM}[cell](width, hidden, **shape)
        self.linear = nn.Linear(hidden * (2 if bidirectional else 1), vocabulary_size)

    def forward(self, inputs, state=None):
        """Logits [T, B, V] and the state after `inputs` [T, B]; no state is the zero state."""
        if self.embedding is None:
            vectors = one_hot(inputs, self.vocabulary_size).to(self.linear.weight.dtype)
        else:
            vectors = self.embedding(inputs)
        outputs, state = self.rnn(vectors, state)  # [T, B, H * directions]
        return self.linear(outputs), state


class LayeredModel(nn.Module):
    """A model of one PyTorch module a layer: a residual stack, or the two stacks of a cloze.

    `parameters_by_name` gives the parameters under the names that charnn's checkpoints use.
    """

    def __init__(
        self,
        vocabulary_size,
        cell,
        layers,
        hidden,
        activation,
        bidirectional,
        embedding,
        residual,
        cloze,
    ):
        super().__init__()
        self.vocabulary_size = vocabulary_size
        self.residual = residual
        self.cloze = cloze
        self.embedding = nn.Embedding(vocabulary_size, embedding) if embedding else None
        meets = bidirectional and not cloze
        width = 2 * hidden if meets else hidden

        def module(layer):
            inputs = width if layer else embedding or vocabulary_size
            if cell == "rnn":
                return nn.RNN(inputs, hidden, nonlinearity=activation, bidirectional=meets)
            kind = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
            return kind(inputs, hidden, bidirectional=meets)

        self.stacks = nn.ModuleList(
            nn.ModuleList(module(layer) for layer in range(layers))
            for _ in range(2 if cloze else 1)
        )
        self.linear = nn.Linear(hidden * (2 if bidirectional else 1), vocabulary_size)

    def parameters_by_name(self):
        names = {}
        for name, parameter in self.named_parameters():
            if name.startswith("stacks."):
                _, stack, layer, name = name.split(".")
                reverse = "_reverse" if stack == "1" else ""
                name = "rnn." + name.replace("_l0", f"_l{layer}") + reverse
            names[name] = parameter
        return names

    def forward(self, inputs, state=None):
        """Logits [T, B, V] and the state after `inputs` [T, B], a list by stack and layer."""
        if self.embedding is None:
            vectors = one_hot(inputs, self.vocabulary_size).to(self.linear.weight.dtype)
        else:
            vectors = self.embedding(inputs)
        if not self.cloze:
            outputs, final = self.run(self.stacks[0], vectors, state[0] if state else None)
            return self.linear(outputs), [final]
        # What comes after the minibatch is not known: the second stack starts from zero.
        left, final_left = self.run(self.stacks[0], vectors, state[0] if state else None)
        right, final_right = self.run(self.stacks[1], vectors.flip(0), None)
        nothing = torch.zeros_like(left[:1])
        left_edge = self.edge(state[0]) if state else nothing
        context = torch.cat([left_edge, left[:-1]]), torch.cat([right.flip(0)[1:], nothing])
        return self.linear(torch.cat(context, dim=2)), [final_left, final_right]

    def run(self, stack, vectors, states):
        """The top layer's outputs, and each layer's state after the last step."""
        final = []
        for index, layer in enumerate(stack):
            outputs, state = layer(vectors, states[index] if states else None)
            final.append(state)
            vectors = vectors + outputs if self.residual and index else outputs
        return vectors, final

    def edge(self, states):
        """[1, B, H], the stack's output for the state it starts from."""
        hidden = [state[0] if isinstance(state, tuple) else state for state in states]
        return sum(hidden) if self.residual else hidden[-1]


@dataclass(frozen=True)
class Case:
    cell: str
    layers: int
    bidirectional: bool
    activation: str = "tanh"
    embedding: int = 0
    residual: bool = False
    cloze: bool = False

    @property
    def name(self):
        parts = [self.cell]
        if self.activation == "relu":
            parts.append("relu")
        parts += [str(self.layers), "bi" if self.bidirectional else "uni"]
        if self.embedding:
            parts.append("embedding")
        if self.residual:
            parts.append("residual")
        if self.cloze:
            parts.append("cloze")
        return "-".join(parts)

    def metadata(self):
        metadata = {
            "cell": self.cell,
            "layers": str(self.layers),
            "hidden": str(HIDDEN),
            "vocabulary_size": str(VOCABULARY_SIZE),
            "batch": str(BATCH),
            "steps": str(STEPS),
            "bidirectional": "true" if self.bidirectional else "false",
            "embedding": str(self.embedding),
            # Without the build (+cpu), which depends on where pip found the package.
            "torch": torch.__version__.split("+")[0],
        }
        if self.cell == "rnn":
            metadata["activation"] = self.activation
        if self.residual:
            metadata["residual"] = "true"
        if self.cloze:
            metadata["objective"] = "cloze"
        return metadata

    def model(self):
        """A model in double precision, so that the rounding of the golden values is the last."""
        shape = (
            VOCABULARY_SIZE,
            self.cell,
            self.layers,
            HIDDEN,
            self.activation,
            self.bidirectional,
            self.embedding,
        )
        if self.residual or self.cloze:
            return LayeredModel(*shape, self.residual, self.cloze).double()
        return Model(*shape).double()


def all_cases():
    cells = [("rnn", "tanh"), ("rnn", "relu"), ("gru", "tanh"), ("lstm", "tanh")]
    for cell, activation in cells:
        for layers in (1, 2):
            for bidirectional in (False, True):
                yield Case(cell, layers, bidirectional, activation)
    yield Case("lstm", 2, bidirectional=False, embedding=EMBEDDING)
    yield Case("gru", 1, bidirectional=True, embedding=EMBEDDING)
    for cell in ("rnn", "gru", "lstm"):
        yield Case(cell, 3, bidirectional=False, residual=True)
        yield Case(cell, 2, bidirectional=True, cloze=True)
    yield Case("lstm", 3, bidirectional=True, residual=True)
    yield Case("gru", 3, bidirectional=True, residual=True, cloze=True)


def named_parameters(model):
    """A model's parameters under the names that charnn's checkpoints use."""
    if isinstance(model, LayeredModel):
        return model.parameters_by_name()
    return dict(model.named_parameters())


def random_parameters(model, generator):
    """Uniform single-precision values: a float32 implementation starts from exactly these."""
    return {
        name: torch.empty(parameter.shape, dtype=torch.float32).uniform_(
            -PARAMETER_RANGE, PARAMETER_RANGE, generator=generator
        )
        for name, parameter in named_parameters(model).items()
    }


def load_parameters(model, parameters):
    """Sets a model's parameters from tensors under charnn's names; the names must be the same."""
    named = named_parameters(model)
    if named.keys() != parameters.keys():
        raise KeyError(f"tensors differ: {sorted(named.keys() ^ parameters.keys())}")
    with torch.no_grad():
        for name, parameter in named.items():
            parameter.copy_(parameters[name])


def mean_loss(logits, targets):
    """Mean cross entropy of logits [T, B, V] over the T * B targets [T, B]."""
    return cross_entropy(logits.flatten(0, 1), targets.flatten())


def gradient_norm(model):
    """The norm of the gradients of all parameters taken as one vector."""
    return torch.sqrt(sum((p.grad**2).sum() for p in model.parameters()))


def clip(model):
    """Scales the gradient to norm CLIPPING if it is longer.

    By hand because `nn.utils.clip_grad_norm_` divides by the norm plus 1e-6.
    """
    norm = gradient_norm(model)
    if norm > CLIPPING:
        for parameter in model.parameters():
            parameter.grad *= CLIPPING / norm


def detach(state):
    """The state (h, the pair (h, c) of an LSTM, or a list) without the graph that computed it."""
    if isinstance(state, torch.Tensor):
        return state.detach()
    return type(state)(detach(part) for part in state)


def state_tensors(state):
    """h, and c of an LSTM, each [layers * directions, B, H]; a cloze's second stack is reverse."""
    if isinstance(state, list):
        layers = [layer for by_layer in zip(*state) for layer in by_layer]
        if isinstance(layers[0], tuple):
            return [torch.cat(part) for part in zip(*layers)]
        return [torch.cat(layers)]
    return list(state) if isinstance(state, tuple) else [state]


def first_minibatch(model, inputs, targets):
    """Logits, loss, state and gradients of one minibatch from a zero state."""
    logits, state = model(inputs)
    loss = mean_loss(logits, targets)
    loss.backward()
    h, *c = state_tensors(state)
    values = {"logits": logits, "loss": loss.reshape(1), "state.h": h}
    if c:
        values["state.c"] = c[0]
    for name, parameter in named_parameters(model).items():
        values["gradient." + name] = parameter.grad
    values["gradient_norm"] = gradient_norm(model).reshape(1)
    return values


def training_losses(model, optimizer, inputs, targets):
    """The loss of each minibatch before its update, the state carried from one to the next.

    A bidirectional model carries the whole state as PyTorch returns it, both directions'.
    """
    losses = []
    state = None
    for minibatch_inputs, minibatch_targets in zip(inputs, targets):
        logits, state = model(minibatch_inputs, state)
        state = detach(state)
        loss = mean_loss(logits, minibatch_targets)
        optimizer.zero_grad()
        loss.backward()
        clip(model)
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)


def golden_values(case):
    # By name, so that adding a case leaves the others' values alone.
    generator = torch.Generator().manual_seed(zlib.crc32(case.name.encode()))
    parameters = random_parameters(case.model(), generator)
    shape = (2, MINIBATCHES, STEPS, BATCH)
    inputs, targets = torch.randint(VOCABULARY_SIZE, shape, generator=generator)
    if case.cloze:
        targets = inputs

    def initial_model():
        model = case.model()
        load_parameters(model, parameters)  # widens them to double
        return model

    values = first_minibatch(initial_model(), inputs[0], targets[0])
    model = initial_model()
    sgd = torch.optim.SGD(model.parameters(), lr=0.5)
    values["losses.sgd"] = training_losses(model, sgd, inputs, targets)
    model = initial_model()
    adam = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.999), eps=1e-8)
    values["losses.adam"] = training_losses(model, adam, inputs, targets)

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


def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for case in all_cases():
        file = with_sorted_header(save(golden_values(case), case.metadata()))
        (FOLDER / f"{case.name}.safetensors").write_bytes(file)


if __name__ == "__main__":
    main()
