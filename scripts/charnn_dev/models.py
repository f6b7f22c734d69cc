"""The character model in PyTorch: what charnn computes, under the names of charnn's checkpoints.

Shapes: T time steps, B batch, V vocabulary, H hidden units.
"""

from contextlib import nullcontext

import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

KINDS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Network(nn.Module):
    """Stacks of recurrent modules between one-hot characters (or an embedding) and a linear layer.

    A plain stack is one module of all layers, as in charnn's checkpoints. PyTorch has none for a
    residual stack, nor for the two stacks of a cloze: these have a module a layer, and so has what
    is `separate`, for a subclass to reach between the layers.
    """

    def __init__(
        self, vocabulary_size, cell, layers, hidden, activation="tanh", bidirectional=False,
        embedding=0, residual=False, cloze=False, separate=False,
    ):
        super().__init__()
        self.vocabulary_size, self.residual, self.cloze = vocabulary_size, residual, cloze
        self.embedding = nn.Embedding(vocabulary_size, embedding) if embedding else None
        meets = bidirectional and not cloze
        options = {"nonlinearity": activation} if cell == "rnn" else {}
        width = embedding or vocabulary_size

        def modules():
            if not (residual or cloze or separate):
                return [KINDS[cell](width, hidden, layers, bidirectional=meets, **options)]
            widths = [width] + [2 * hidden if meets else hidden] * (layers - 1)
            return [KINDS[cell](width, hidden, bidirectional=meets, **options) for width in widths]

        self.stacks = nn.ModuleList(nn.ModuleList(modules()) for _ in range(2 if cloze else 1))
        self.linear = nn.Linear(hidden * (2 if bidirectional else 1), vocabulary_size)

    def checkpoint_parameters(self):
        """The parameters under the names that charnn's checkpoints use."""
        names = {}
        for name, parameter in self.named_parameters():
            if name.startswith("stacks."):
                _, stack, layer, name = name.split(".")
                reverse = "_reverse" if stack == "1" else ""
                name = "rnn." + name.replace("_l0", f"_l{layer}") + reverse
            names[name] = parameter
        return names

    def load(self, tensors):
        """Sets the parameters from tensors under charnn's names; the names must be the same."""
        named = self.checkpoint_parameters()
        if named.keys() != tensors.keys():
            raise KeyError(f"tensors differ: {sorted(named.keys() ^ tensors.keys())}")
        with torch.no_grad():
            for name, parameter in named.items():
                parameter.copy_(tensors[name])

    def vectors(self, inputs):
        """What the first layer reads."""
        if self.embedding is None:
            return one_hot(inputs, self.vocabulary_size).to(self.linear.weight.dtype)
        return self.embedding(inputs)

    def between(self, layer, outputs):
        """What a layer hands on; for subclasses."""
        return outputs

    def forward(self, inputs, state=None):
        """Logits [T, B, V] and the state after `inputs` [T, B], a list by stack and module."""
        vectors = self.vectors(inputs)
        left, final_left = self.run(self.stacks[0], vectors, state[0] if state else None)
        if not self.cloze:
            return self.linear(left), [final_left]
        # What comes after the minibatch is not known: the second stack starts from zero.
        right, final_right = self.run(self.stacks[1], vectors.flip(0), None)
        nothing = torch.zeros_like(left[:1])
        left_edge = self.edge(state[0]) if state else nothing
        context = torch.cat([left_edge, left[:-1]]), torch.cat([right.flip(0)[1:], nothing])
        return self.linear(torch.cat(context, dim=2)), [final_left, final_right]

    def run(self, stack, vectors, states):
        """The top layer's outputs, and each module's state after the last step."""
        final = []
        for index, module in enumerate(stack):
            outputs, state = module(vectors, states[index] if states else None)
            outputs = self.between(index, outputs)
            final.append(state)
            vectors = vectors + outputs if self.residual and index else outputs
        return vectors, final

    def edge(self, states):
        """[1, B, H], the stack's output for the state it starts from."""
        hidden = [state[0] if isinstance(state, tuple) else state for state in states]
        return sum(hidden) if self.residual else hidden[-1]


def mean_loss(logits, targets):
    """Mean cross entropy of logits [T, B, V] over the T * B targets [T, B]."""
    return cross_entropy(logits.flatten(0, 1), targets.flatten())


def detached(state):
    """The state, however it is nested, without the graph that computed it."""
    if isinstance(state, (list, tuple)):
        return type(state)(detached(part) for part in state)
    return None if state is None else state.detach()


def update(model, optimizer, inputs, targets, state, clip, forward=nullcontext()):
    """Trains on one minibatch: its loss before that, and the state after it.

    `clip` scales the gradients of all parameters: nn.utils.clip_grad_norm_ or the like. `forward`
    is what the forward pass and the loss are computed under: torch.autocast or the like.
    """
    with forward:
        logits, state = model(inputs, state)
        loss = mean_loss(logits, targets)
    optimizer.zero_grad()
    loss.backward()
    clip(model.parameters())
    optimizer.step()
    return loss.detach(), detached(state)
