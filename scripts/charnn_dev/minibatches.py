"""Minibatches of the sequential partition, cut from a text as charnn cuts them."""

import torch


def epoch(tokens, batch, steps):
    """Inputs and targets, both [T, B]: `batch` streams side by side, from a random offset."""
    offset = int(torch.randint(min(steps, len(tokens) - batch * steps - 1) + 1, ()))
    stream = (len(tokens) - offset - 1) // batch
    inputs, targets = (
        tokens[first : first + batch * stream].view(batch, stream).t().contiguous()
        for first in (offset, offset + 1)
    )
    for start in range(0, stream - steps + 1, steps):
        yield inputs[start : start + steps], targets[start : start + steps]
