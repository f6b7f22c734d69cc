"""Does a text of another author help to predict the first author's?

    scripts/authors A.txt B.txt

The last tenth of A is held out. charnn trains an LSTM of one layer of 256 on the first 10,000, the
first 40,000 and all other characters of A, each alone and together with B (`charnn train A.txt
B.txt`; of B as many characters as A has, at most), and measures each model on what was held out, at
eight points of its training. The table has the lowest loss and where it was reached: later a model
learns its text by heart, and what it says of other text gets worse.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

EX_USAGE = 64
SIZES = (10_000, 40_000, None)  # characters of A; None: all that are not held out
UPDATES = 2_400  # of a whole training, about
MEASUREMENTS = 8
MINIBATCH = 32 * 35
OPTIONS = "--text letters --layers 1 --sample-every 0".split()


def charnn(*words):
    """Standard output of a command; what it says besides goes where ours does."""
    words = [os.environ["CHARNN"], *map(str, words)]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout


def letters(path):
    """The text as `charnn train --text letters` reads it."""
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    lines = ("".join(c if c.isascii() and c.isalpha() else " " for c in l) for l in text.split("\n"))
    return "".join(" ".join(line.split()).lower() for line in lines)


def best_loss(texts, held_out, folder):
    """The lowest loss on what is held out, in nats per character, and after which epoch."""
    minibatches = max(1, sum(len(text.read_text()) for text in texts) // MINIBATCH)
    step = max(1, UPDATES // minibatches // MEASUREMENTS)
    model = folder / "model.safetensors"
    model.unlink(missing_ok=True)
    losses = {}
    for epoch in range(step, step * MEASUREMENTS + 1, step):
        resume = ["--resume"] if model.exists() else []
        charnn("train", *texts, *OPTIONS, *resume, "--epochs", epoch, "--out", model, "--quiet")
        result = json.loads(charnn("eval", held_out, "--model", model, "--json"))
        losses[epoch] = result["loss"]
    epoch = min(losses, key=losses.get)
    return losses[epoch], epoch


def main():
    if len(sys.argv) != 3:
        print("usage: scripts/authors A.txt B.txt", file=sys.stderr)
        sys.exit(EX_USAGE)
    a, b = (letters(Path(path)) for path in sys.argv[1:])
    known, held_out = a[: len(a) * 9 // 10], a[len(a) * 9 // 10 :]
    b = b[: len(known)]
    print("| characters of A | A alone | A and B |")
    print("| ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        paths = {name: folder / f"{name}.txt" for name in ("a", "b", "held-out")}
        paths["b"].write_text(b)
        paths["held-out"].write_text(held_out)
        for size in SIZES:
            paths["a"].write_text(known[:size])
            cells = []
            for texts in ([paths["a"]], [paths["a"], paths["b"]]):
                loss, epoch = best_loss(texts, paths["held-out"], folder)
                cells.append(f"{loss:.3f} (epoch {epoch})")
            print(f"| {len(known[:size]):,} | {cells[0]} | {cells[1]} |", flush=True)
    print(f"\nNats per character of {len(held_out):,} that were held out; B has {len(b):,}.")


if __name__ == "__main__":
    main()
