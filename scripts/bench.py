"""Measures charnn beside PyTorch and beside the multiply-add peak of the machine.

    scripts/bench                           the table of training speeds, every row
    scripts/bench lstm-deep gru             some of its rows
    scripts/bench --threads --memory        other tables instead; --all prints all there are
    scripts/bench gru --threads --rounds 1  rows and another table, measured once each

It builds charnn (CHARNN=path/to/charnn in the environment names one that is built already), runs
charnn and PyTorch in turn, and prints the medians in Markdown; how it gets on goes to standard
error. A benchmark, not a test: the exit code says nothing about the speed. Let nothing else run.

PyTorch trains the same model on the same minibatches in two ways:

- as installed: one-hot input into nn.LSTM, nn.GRU or nn.RNN, and nothing set;
- tuned: malloc keeps its memory, the optimisers are the fused ones, and the input takes the form
  that turns out to be the fastest of `TRAINING_FORMS`.

Everything of PyTorch runs in processes of its own, so that every run starts alike and this one
stays small: bench_pytorch.py is their program.
"""

import argparse
import dataclasses
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from bench_processes import (
    PREFIX,
    Charnn,
    Peak,
    build,
    cores,
    output,
    peak_memory,
    processor,
    pytorch,
    pytorch_command,
    pytorch_environment,
    run_time,
    say,
)
from bench_workloads import ROWS, Texts, text_of

# What the input of "tuned" may look like.
TRAINING_FORMS = {
    "one-hot": "a new one-hot tensor for each minibatch",
    "buffer": "one-hot in a tensor that is kept",
    "rows": "the first layer's input product as nn.Embedding, its time steps in Python",
}
# Both on one thread: each product has a single row.
GENERATION_FORMS = {
    "one-hot": "nn.LSTM, one thread",
    "cells": "nn.LSTMCell, one thread",
}


# Tables


def number(value):
    """With separators and three digits that say something: 38,123 but 4.76."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def print_table(title, columns, rows):
    print(f"\n### {title}\n")
    print("| " + " | ".join(columns) + " |")
    print("| --- " + "| ---: " * (len(columns) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


class Bench:
    """Every method measures one table and prints it."""

    def __init__(self, charnn, texts, peak, rounds, seconds):
        self.charnn = charnn
        self.texts = texts
        self.peak = peak
        self.rounds = rounds
        self.seconds = seconds

    def median(self, measure):
        return statistics.median(measure() for _ in range(self.rounds))

    # Training

    def training(self, names):
        results = [(ROWS[name], *self.compare(ROWS[name])) for name in names]
        columns = [
            "trained characters per second",
            "charnn",
            "PyTorch as installed",
            "PyTorch tuned",
            "input",
            "charnn / installed",
            "charnn / tuned",
            "MFLOP a character",
            "charnn's GFLOP/s",
            "of the peak",
        ]
        # Printed when all is measured, because the peak is the run's.
        rows = [self.training_row(*result) for result in results]
        print_table("Training", columns, rows)
        print(
            "\nFLOP a character = 6 x (all weights but the first layer's input matrix, which a "
            "one-hot character picks a row of)."
        )
        forms = "; ".join(f"{form}: {what}" for form, what in TRAINING_FORMS.items())
        print(f"\nThe fastest input of PyTorch tuned, of {forms}.")
        self.print_odd_against_even({row.name: charnn for row, charnn, *_ in results})

    def compare(self, row):
        """Medians: charnn's speed, PyTorch's as installed, and its best form with its speed."""
        charnn, installed, tuned = [], [], {}
        self.charnn.epochs_for(row)
        for index in range(self.rounds):
            self.peak.measure()
            charnn.append(self.charnn.training_speed(row))
            plain = self.pytorch_training(row)
            installed.append(plain["speed"])
            faults = [plain["faults"]]
            for form in TRAINING_FORMS:
                result = self.pytorch_training(row, tuned=True, form=form)
                tuned.setdefault(form, []).append(result["speed"])
                faults.append(result["faults"])
            say(
                f"{row.name} {index + 1}/{self.rounds}: charnn {charnn[-1]:,.0f}, "
                f"PyTorch {installed[-1]:,.0f}, tuned "
                + ", ".join(f"{form} {speeds[-1]:,.0f}" for form, speeds in tuned.items())
                + "; page faults a step of PyTorch: "
                + ", ".join(f"{count:,.0f}" for count in faults)
            )
        medians = {form: statistics.median(speeds) for form, speeds in tuned.items()}
        best = max(medians, key=medians.get)
        return statistics.median(charnn), statistics.median(installed), best, medians[best]

    def pytorch_training(self, row, tuned=False, form="one-hot"):
        return pytorch("train", row, self.texts.path(row), self.seconds, tuned, form)

    def training_row(self, row, charnn, installed, form, tuned):
        flop = self.texts.flop_per_character(row)
        gflops = charnn * flop / 1e9
        return [
            row.name,
            number(charnn),
            number(installed),
            number(tuned),
            form,
            f"{charnn / installed:.2f}",
            f"{charnn / tuned:.2f}",
            f"{flop / 1e6:.2f}",
            number(gflops),
            self.peak.share(gflops),
        ]

    def print_odd_against_even(self, speeds):
        """Sizes that no register divides, against the same model with sizes that all do."""
        if {"odd", "lstm-deep"} <= speeds.keys():
            odd, even = (
                speeds[name] * self.texts.flop_per_character(ROWS[name])
                for name in ("odd", "lstm-deep")
            )
            print(f"\nodd does {odd / even:.0%} of the operations a second of lstm-deep.")

    # The others

    def threads(self):
        speeds = {1: [], cores(): []}
        for _ in range(self.rounds):
            self.peak.measure()
            for count, measured in speeds.items():
                measured.append(self.charnn.training_speed(ROWS["lstm-deep"], threads=count))
        medians = {count: statistics.median(values) for count, values in speeds.items()}
        peaks = {1: self.peak.one, cores(): self.peak.all}
        rows = []
        for count, speed in medians.items():
            ratio = f"{peaks[count] / peaks[1]:.2f}" if peaks[1] else "–"
            row = [str(count), number(speed), f"{speed / medians[1]:.2f}"]
            rows.append([*row, number(peaks[count]), ratio])
        columns = [
            "threads (lstm-deep)",
            "characters per second",
            "of one",
            "peak, GFLOP/s",
            "of one core's",
        ]
        print_table("Threads", columns, rows)

    def generation(self):
        row = ROWS["lstm-deep"]
        path = self.texts.path(row)
        output(self.charnn.train_command(row, 1))
        forms = {"PyTorch eager, as installed": {}}
        for form, description in GENERATION_FORMS.items():
            forms[f"PyTorch tuned, {description}"] = {"tuned": True, "form": form}
        speeds = {"charnn": []} | {name: [] for name in forms}
        for _ in range(self.rounds):
            speeds["charnn"].append(self.charnn.generation_speed(20_000))
            for name, options in forms.items():
                result = pytorch("generate", row, path, self.seconds, **options)
                speeds[name].append(result["speed"])
        medians = {name: statistics.median(values) for name, values in speeds.items()}
        rows = [
            [name, number(speed), f"{medians['charnn'] / speed:.2f}"]
            for name, speed in medians.items()
        ]
        columns = ["greedy, one text, LSTM 2 x 256", "characters per second", "charnn / this"]
        print_table("Generation", columns, rows)

    def start(self):
        output(self.charnn.train_command(ROWS["lstm-deep"], 1))
        version = [self.charnn.program, "--version"]
        predict = [str(word) for word in self.charnn.predict_command(50)]
        # Past the prefix, which is printed before anything is computed.
        first = len(PREFIX) + 1
        true = shutil.which("true")
        commands = {
            "`charnn --version`, to its end": lambda: run_time(version),
            "`charnn predict`, to the first generated character": lambda: run_time(predict, first),
        }
        if true:
            commands["`true`, for comparison"] = lambda: run_time([true])
        rows = [
            [name, f"{1000 * statistics.median(measure() for _ in range(20)):.1f}"]
            for name, measure in commands.items()
        ]
        print_table("Start", ["median of 20", "milliseconds"], rows)

    def memory(self):
        row = ROWS["lstm-deep"]
        charnn = self.charnn.train_command(row, self.charnn.epochs_for(row))
        path = self.texts.path(row)
        plain = pytorch_command("train", row, path, self.seconds, tuned=False, form="one-hot")
        rows = [
            ["charnn", number(peak_memory(charnn))],
            ["PyTorch as installed", number(peak_memory(plain, pytorch_environment(False)))],
        ]
        print_table("Peak memory", ["training lstm-deep", "resident, MB (10^6 bytes)"], rows)

    def sizes(self):
        base = dataclasses.replace(ROWS["lstm-deep"], rate=0.1)
        with tempfile.TemporaryDirectory() as folder:
            changes = {
                **{f"hidden {n}": {"hidden": n} for n in (64, 128, 256, 512, 1024)},
                **{f"layers {n}": {"layers": n} for n in (1, 2, 3, 4, 6)},
                **{f"batch {n}": {"batch": n} for n in (1, 2, 4, 8, 16, 32, 64, 128, 256)},
                **{
                    f"vocabulary {n}": {"file": text_of(n, base.characters, folder), "text": "raw"}
                    for n in (28, 100, 1000, 2000, 5000)
                },
            }
            results = [
                self.size(name, dataclasses.replace(base, **change))
                for name, change in changes.items()
            ]
        rows = [
            [name, number(speed), number(gflops), self.peak.share(gflops)]
            for name, speed, gflops in results
        ]
        columns = ["lstm-deep, but", "characters per second", "GFLOP/s", "of the peak"]
        print_table("Sizes", columns, rows)

    def size(self, name, workload):
        self.peak.measure()
        speed = self.median(lambda: self.charnn.training_speed(workload))
        say(f"{name}: {speed:,.0f}")
        return name, speed, speed * self.texts.flop_per_character(workload) / 1e9


# The command line


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures charnn beside PyTorch and the multiply-add peak of the machine.",
        epilog="CHARNN in the environment names a charnn to use instead of building it.",
    )
    parser.add_argument(
        "rows",
        nargs="*",
        metavar="ROW",
        help=f"{', '.join(ROWS)}; all unless another table is asked for",
    )
    parser.add_argument(
        "--corpora", type=Path, metavar="FOLDER", help="the texts (../shared/corpora if there)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="medians are of this many (5)")
    parser.add_argument("--seconds", type=float, default=3, help="about, for each run (3)")
    for name, (_, text) in TABLES.items():
        parser.add_argument(f"--{name}", action="store_true", help=f"table: {text}")
    parser.add_argument("--all", action="store_true", help="all rows and all tables")
    options = parser.parse_args(arguments)
    for row in options.rows:
        if row not in ROWS:
            parser.error(f"{row}: the rows are {', '.join(ROWS)}")
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be above 0")
    return options


TABLES = {
    "threads": (Bench.threads, "training with one thread and with all cores"),
    "generation": (Bench.generation, "generating one text, beside PyTorch's eager loop"),
    "start": (Bench.start, "from the start of the program to its first output"),
    "memory": (Bench.memory, "peak resident memory of training"),
    "sizes": (Bench.sizes, "hidden units, layers, batch and vocabulary, as shares of the peak"),
}


def print_conditions(charnn, texts, options, load):
    print("## Benchmark\n")
    print(f"- {output([charnn, '--version']).strip()}")
    print(f"- {processor()}, {cores()} cores")
    plural = "" if options.rounds == 1 else "s"
    print(f"- Medians of {options.rounds} round{plural}, runs of about {options.seconds:g} s")
    if texts.folder is None:
        print("- The texts built into charnn serve in place of the recipes'")
    if load > 0.5:
        print(
            f"- **The machine was busy** (load {load:.1f} at the start): every figure is too low, "
            "and the ratios say little, as not everything suffers alike"
        )
    sys.stdout.flush()


def main():
    options = parse(sys.argv[1:])
    texts = Texts(options.corpora)
    if texts.folder is None:
        say("no corpora: the texts built into charnn serve in their place")
    tables = [run for name, (run, _) in TABLES.items() if getattr(options, name) or options.all]
    names = list(ROWS) if options.all or not (options.rows or tables) else options.rows
    load = os.getloadavg()[0]  # before the build, which is a load itself
    program = build()
    peak = Peak()
    charnn = Charnn(program, texts, options.seconds)
    bench = Bench(charnn, texts, peak, options.rounds, options.seconds)
    print_conditions(program, texts, options, load)
    peak.measure()
    if names:
        bench.training(names)
    for run in tables:
        run(bench)
    if peak.all:
        print(
            f"\nMultiply-add peak: {number(peak.one)} GFLOP/s on one core, {number(peak.all)} on "
            f"{cores()}, the best seen in this run."
        )


if __name__ == "__main__":
    main()
