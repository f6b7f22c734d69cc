"""Evaluates a charnn checkpoint with PyTorch, to show that its parameters are PyTorch's.

It loads the checkpoint's tensors into PyTorch's modules as they are, layer by layer where the stack
is residual or that of a cloze, reads TEXT as one stream from a zero state, predicting its second to
its last character (a cloze: all), and prints one JSON line, whose loss must be that of
`charnn eval --string TEXT --json`:

    {"loss": mean nats per character, "characters": characters predicted}

It exits with 64 when it is called wrongly, with 66 when the checkpoint cannot be opened, and with
65 when it can but PyTorch has no such model or the vocabulary lacks a character of TEXT.
"""

import json

import torch
from safetensors import SafetensorError, safe_open

from charnn_dev.console import EX_DATAERR, EX_NOINPUT, Parser, fail
from charnn_dev.models import Network, mean_loss
from charnn_dev.texts import numbered

PREFIXES = ("rnn.", "linear.", "embedding.")  # what only training needs is under "training."
SHAPE = "cell layers hidden activation bidirectional embedding residual".split()


def read_checkpoint(path):
    """The vocabulary (a list in index order), the configuration and the model's tensors."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            names = [name for name in file.keys() if name.startswith(PREFIXES)]
            tensors = {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError) as error:
        fail(f"cannot open {path}: {error}", EX_NOINPUT)
    if metadata.get("format") != "charnn":
        fail(f"{path} is not a charnn checkpoint", EX_DATAERR)
    try:
        return json.loads(metadata["vocabulary"]), json.loads(metadata["configuration"]), tensors
    except (KeyError, ValueError) as error:
        fail(f"bad metadata in {path}: {error!r}", EX_DATAERR)


def load_model(vocabulary, configuration, tensors):
    """The model in double precision: its loss is the reference that charnn's rounds off from."""
    try:
        if configuration["cell"] == "gru" and configuration["gru-reset"] != "after":
            fail("PyTorch has no GRU that resets before the recurrent product", EX_DATAERR)
        shape = {name: configuration[name] for name in SHAPE}
        cloze = configuration["objective"] == "cloze"
        model = Network(len(vocabulary), **shape, cloze=cloze)
        model.load(tensors)
    except (KeyError, RuntimeError) as error:
        fail(f"the configuration and the tensors are no model of PyTorch's: {error}", EX_DATAERR)
    return model.double()


def main(arguments):
    parser = Parser("check-pytorch", __doc__)
    parser.add_argument("checkpoint", metavar="CHECKPOINT")
    parser.add_argument("text", metavar="TEXT", help="two characters or more")
    options = parser.parse_args(arguments)
    if len(options.text) < 2:
        parser.error("TEXT needs two characters or more")
    vocabulary, configuration, tensors = read_checkpoint(options.checkpoint)
    if missing := sorted(set(options.text) - set(vocabulary)):
        fail(f"not in the vocabulary: {missing}", EX_DATAERR)
    tokens = torch.tensor(numbered(options.text, vocabulary)).unsqueeze(1)  # [T, 1]
    model = load_model(vocabulary, configuration, tensors)
    inputs, targets = (tokens, tokens) if model.cloze else (tokens[:-1], tokens[1:])
    with torch.no_grad():
        loss = mean_loss(model(inputs)[0], targets)
    print(json.dumps({"loss": loss.item(), "characters": len(targets)}))
