"""Counts the epochs until the perplexity of an epoch is below 1.1.

    scripts/dev convergence seeds ENGLISH.txt    LSTMs of one layer and of two, with five seeds
    scripts/dev convergence depth CHINESE.txt    stacks of 2 to 16 layers, plain and residual

Both train on the first 10,000 characters. A run ends where it has learned, or after the epochs that
its table names. Trainings run side by side, each on one thread: that changes no result.
"""

import os
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from charnn_dev import program
from charnn_dev.console import Parser
from charnn_dev.tables import learned, markdown

LEARNED = 1.1
SEEDS = range(1, 6)
# Layers and learning rate: two layers were published with the rate 2 and one layer with the rate 1.
STACKS = ((1, 1), (1, 2), (2, 2))
CELLS = ("rnn", "gru", "lstm")
CHOICES = {"plain": "--no-residual", "residual": "--residual"}
DEPTHS = (2, 3, 4, 6, 10, 16)
SEED_EPOCHS, DEPTH_EPOCHS = 500, 40


def learned_in(text, options, epochs):
    """The epoch in which charnn, trained with these options, comes below; None if it does not."""
    run = f"--max-chars 10000 --sample-every 0 --threads 1 --json --epochs {epochs}"
    with tempfile.TemporaryDirectory() as folder:
        words = [*options.split(), *run.split(), "--out", Path(folder) / "model.safetensors"]
        with closing(program.events("train", text, *words)) as events:
            for event in events:
                if event["event"] == "epoch" and event["perplexity"] < LEARNED:
                    return event["epoch"]
    return None


def in_parallel(text, jobs, epochs):
    program.path()  # built before it is needed several times at once
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda options: learned_in(text, options, epochs), jobs))


def seeds_table(text):
    row = "--text letters --cell lstm --hidden 256 --optimizer sgd --clip 1"
    jobs = [
        f"{row} --layers {layers} --lr {rate} --seed {seed}"
        for layers, rate in STACKS
        for seed in SEEDS
    ]
    found = in_parallel(text, jobs, SEED_EPOCHS)
    rows = []
    for index, stack in enumerate(STACKS):
        epochs = found[index * len(SEEDS) : (index + 1) * len(SEEDS)]
        median = int(statistics.median(epoch or SEED_EPOCHS + 1 for epoch in epochs))
        median = None if median > SEED_EPOCHS else median
        rows.append([*map(str, stack), *(learned(each, SEED_EPOCHS) for each in [*epochs, median])])
    seeds = [f"seed {seed}" for seed in SEEDS]
    return markdown(["layers", "learning rate", *seeds, "median"], rows, "r")


def depth_table(text):
    columns = [(cell, choice) for cell in CELLS for choice in CHOICES]
    jobs = [
        f"--text flat --cell {cell} {CHOICES[choice]} --layers {layers}"
        for layers in DEPTHS
        for cell, choice in columns
    ]
    found = iter(in_parallel(text, jobs, DEPTH_EPOCHS))
    rows = [[str(n), *(learned(next(found), DEPTH_EPOCHS) for _ in columns)] for n in DEPTHS]
    titles = [f"{cell.upper()}, {choice}" for cell, choice in columns]
    return markdown(["layers", *titles], rows, "r")


TABLES = {"seeds": seeds_table, "depth": depth_table}


def main(arguments):
    parser = Parser("convergence", __doc__)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("corpus", metavar="CORPUS")
    options = parser.parse_args(arguments)
    print(TABLES[options.table](options.corpus))
