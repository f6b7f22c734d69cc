"""Evaluates a charnn checkpoint with PyTorch, to show that its parameters are PyTorch's.

Run it as `scripts/check-pytorch CHECKPOINT.safetensors TEXT`. It loads the checkpoint's tensors
into nn.RNN, nn.GRU or nn.LSTM and nn.Linear (and nn.Embedding) as they are, layer by layer where
the stack is residual or that of a cloze, reads TEXT as one stream from a zero state, predicting its
second to its last character (a cloze: all), and prints one JSON line:

    {"loss": mean nats per character, "characters": characters predicted}

It exits with 64 when it is called wrongly, with 66 when the checkpoint cannot be opened, and with
65 when it can but PyTorch has no such model or the vocabulary lacks a character of TEXT.
"""

import json
import sys

import torch
from golden import LayeredModel, Model, load_parameters, mean_loss
from safetensors import SafetensorError, safe_open

EX_USAGE, EX_DATAERR, EX_NOINPUT = 64, 65, 66
PREFIXES = ("rnn.", "linear.", "embedding.")  # what only training needs is under "training."


def fail(message, status):
    print(f"check-pytorch: {message}", file=sys.stderr)
    sys.exit(status)


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
    if configuration["cell"] == "gru" and configuration["gru-reset"] != "after":
        fail("PyTorch has no GRU that resets before the recurrent product", EX_DATAERR)
    shape = (
        len(vocabulary),
        configuration["cell"],
        configuration["layers"],
        configuration["hidden"],
        configuration["activation"],
        configuration["bidirectional"],
        configuration["embedding"],
    )
    residual, cloze = configuration["residual"], configuration["objective"] == "cloze"
    model = LayeredModel(*shape, residual, cloze) if residual or cloze else Model(*shape)
    try:
        load_parameters(model, tensors)
    except (KeyError, RuntimeError) as error:
        fail(str(error), EX_DATAERR)
    return model.double()


def encode(text, vocabulary):
    """The token ids of the text as one stream, [T, 1]."""
    indices = {character: index for index, character in enumerate(vocabulary)}
    missing = sorted(set(text) - set(indices))
    if missing:
        fail(f"not in the vocabulary: {missing}", EX_DATAERR)
    return torch.tensor([indices[character] for character in text]).unsqueeze(1)


def main():
    if len(sys.argv) != 3 or len(sys.argv[2]) < 2:
        fail("usage: check-pytorch CHECKPOINT.safetensors TEXT (two characters or more)", EX_USAGE)
    path, text = sys.argv[1:]
    vocabulary, configuration, tensors = read_checkpoint(path)
    tokens = encode(text, vocabulary)
    try:
        model = load_model(vocabulary, configuration, tensors)
    except KeyError as error:
        fail(f"bad or missing configuration: {error}", EX_DATAERR)
    with torch.no_grad():
        if configuration["objective"] == "cloze":
            inputs, targets = tokens, tokens
        else:
            inputs, targets = tokens[:-1], tokens[1:]
        loss = mean_loss(model(inputs)[0], targets)
    print(json.dumps({"loss": loss.item(), "characters": len(targets)}))


if __name__ == "__main__":
    main()
