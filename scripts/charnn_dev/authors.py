"""Does a text of another author help to predict the first author's?

The last tenth of A is held out. charnn trains an LSTM of one layer of 256 on the first 10,000, the
first 40,000 and all other characters of A, each alone and together with B (`charnn train A.txt
B.txt`; of B as many characters as A has, at most), and measures each model on what was held out, at
eight points of its training. The table has the lowest loss and where it was reached: later a model
learns its text by heart, and what it says of other text gets worse.
"""

import json
import tempfile
from pathlib import Path

from charnn_dev import program
from charnn_dev.console import Parser
from charnn_dev.tables import markdown
from charnn_dev.texts import prepared

SIZES = (10_000, 40_000, None)  # characters of A; None: all that are not held out
UPDATES = 2_400  # of a whole training, about
MEASUREMENTS = 8
MINIBATCH = 32 * 35
OPTIONS = "--text letters --layers 1 --sample-every 0 --validation 0".split()


def best_loss(texts, held_out, folder):
    """The lowest loss on what is held out, in nats per character, and after which epoch: a cell."""
    minibatches = max(1, sum(len(text.read_text()) for text in texts) // MINIBATCH)
    step = max(1, UPDATES // minibatches // MEASUREMENTS)
    model = folder / "model.safetensors"
    model.unlink(missing_ok=True)
    losses = {}
    for epoch in range(step, step * MEASUREMENTS + 1, step):
        words = [*OPTIONS, "--epochs", epoch, "--out", model, "--quiet"]
        program.charnn("train", *texts, *words, *(["--resume"] if model.exists() else []))
        result = json.loads(program.charnn("eval", held_out, "--model", model, "--json"))
        losses[epoch] = result["loss"]
    epoch = min(losses, key=losses.get)
    return f"{losses[epoch]:.3f} (epoch {epoch})"


def main(arguments):
    parser = Parser("authors", __doc__)
    parser.add_argument("a", metavar="A.txt")
    parser.add_argument("b", metavar="B.txt")
    options = parser.parse_args(arguments)
    a, b = prepared(options.a, "letters"), prepared(options.b, "letters")
    known, held_out = a[: len(a) * 9 // 10], a[len(a) * 9 // 10 :]
    b = b[: len(known)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        paths = {name: folder / f"{name}.txt" for name in ("a", "b", "held-out")}
        paths["b"].write_text(b)
        paths["held-out"].write_text(held_out)
        for size in SIZES:
            paths["a"].write_text(known[:size])
            alone = best_loss([paths["a"]], paths["held-out"], folder)
            both = best_loss([paths["a"], paths["b"]], paths["held-out"], folder)
            rows.append([f"{len(known[:size]):,}", alone, both])
    print(markdown(["characters of A", "A alone", "A and B"], rows, "r"))
    print(f"\nNats per character of {len(held_out):,} that were held out; B has {len(b):,}.")
