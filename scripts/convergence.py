"""Counts the epochs until the perplexity of an epoch is below 1.1.

    scripts/convergence seeds ENGLISH.txt    LSTMs of one layer and of two, with five seeds
    scripts/convergence depth CHINESE.txt    stacks of 2 to 16 layers, plain and residual

Both train on the first 10,000 characters. A run ends where it has learned, or after the epochs that
its table names. Trainings run side by side, each on one thread: that changes no result.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

EX_USAGE = 64
LEARNED = 1.1
SEEDS = range(1, 6)
# Layers and learning rate: two layers were published with the rate 2 and one layer with the rate 1.
STACKS = ((1, 1), (1, 2), (2, 2))
CELLS = ("rnn", "gru", "lstm")
CHOICES = {"plain": "--no-residual", "residual": "--residual"}
DEPTHS = (2, 3, 4, 6, 10, 16)
SEED_EPOCHS, DEPTH_EPOCHS = 500, 40


def learned_in(words, epochs):
    """The epoch in which charnn, trained with these options, comes below; None if it does not."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model.safetensors"
        run = f"--max-chars 10000 --sample-every 0 --threads 1 --json --epochs {epochs} --out {out}"
        command = [os.environ["CHARNN"], "train", *words, *run.split()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "epoch" and event["perplexity"] < LEARNED:
                    process.send_signal(signal.SIGTERM)
                    return event["epoch"]
            if process.wait() != 0:
                sys.exit(f"charnn fails: {' '.join(words)}")
    return None


def in_parallel(jobs, epochs):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda words: learned_in(words, epochs), jobs))


def shown(epoch, epochs):
    return str(epoch) if epoch else f"not in {epochs}"


def seeds_table(text):
    row = "--text letters --cell lstm --hidden 256 --optimizer sgd --clip 1".split()
    jobs = [
        [text, *row, "--layers", str(layers), "--lr", str(rate), "--seed", str(seed)]
        for layers, rate in STACKS
        for seed in SEEDS
    ]
    found = in_parallel(jobs, SEED_EPOCHS)
    seeds = " | ".join(f"seed {seed}" for seed in SEEDS)
    print(f"| layers | learning rate | {seeds} | median |")
    print("| ---: |" + " ---: |" * (len(SEEDS) + 2))
    for index, (layers, rate) in enumerate(STACKS):
        epochs = found[index * len(SEEDS) : (index + 1) * len(SEEDS)]
        cells = " | ".join(shown(epoch, SEED_EPOCHS) for epoch in epochs)
        median = statistics.median(epoch or SEED_EPOCHS + 1 for epoch in epochs)
        print(f"| {layers} | {rate} | {cells} | {shown(int(median), SEED_EPOCHS)} |")


def depth_table(text):
    columns = [(cell, choice) for cell in CELLS for choice in CHOICES]
    jobs = [
        [text, "--text", "flat", "--cell", cell, CHOICES[choice], "--layers", str(layers)]
        for layers in DEPTHS
        for cell, choice in columns
    ]
    found = iter(in_parallel(jobs, DEPTH_EPOCHS))
    titles = [f"{cell.upper()}, {choice}" for cell, choice in columns]
    print("| layers |", " | ".join(titles), "|")
    print("| ---: |" + " ---: |" * len(columns))
    for layers in DEPTHS:
        cells = [shown(next(found), DEPTH_EPOCHS) for _ in columns]
        print(f"| {layers} |", " | ".join(cells), "|")


def main():
    tables = {"seeds": seeds_table, "depth": depth_table}
    if len(sys.argv) != 3 or sys.argv[1] not in tables:
        print("usage: scripts/convergence seeds|depth CORPUS", file=sys.stderr)
        sys.exit(EX_USAGE)
    tables[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    main()
