"""Measures charnn beside PyTorch and beside the multiply-add peak of the machine.

    scripts/dev bench                           the table of training speeds, every row
    scripts/dev bench lstm-deep gru             some of its rows
    scripts/dev bench --precision bfloat16      the same with products of bfloat16
    scripts/dev bench --threads --memory        other tables instead; --all prints all there are
    scripts/dev bench gru --threads --rounds 1  rows and another table, measured once each

It runs charnn and PyTorch in turn, and prints the medians in Markdown; how it gets on goes to
standard error. A benchmark, not a test: the exit code says nothing about the speed. Let nothing
else run.

PyTorch trains the same model on the same minibatches in two ways:

- as installed: one-hot input into nn.LSTM, nn.GRU or nn.RNN, and nothing set;
- tuned: malloc keeps its memory, the optimisers are the fused ones, and the input takes the form
  that turns out to be the fastest of `TRAINING_FORMS`.

With `--precision bfloat16` it does so under torch.autocast, and charnn in Float is measured too.

Everything of PyTorch runs in processes of its own, so that every run starts alike and this one
stays small: `pytorch_job` is their program.
"""

import dataclasses
import os
import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path

from charnn_dev import program, texts
from charnn_dev.console import Parser, say
from charnn_dev.measure import Peak, peak_memory, pytorch, pytorch_job, run_time
from charnn_dev.program import cores
from charnn_dev.tables import markdown, number
from charnn_dev.texts import Corpora
from charnn_dev.workloads import BENCHMARKS

PREFIX = "the "  # that generation continues; its characters are in every English text
GENERATED = 20_000
SIDE_BY_SIDE, STREAMS = 64, 32  # texts that are generated and that are read at a time
PRECISIONS = "float", "bfloat16", "int8"
FLOAT, BFLOAT16 = PRECISIONS[:2]  # those of training
# What the input of "tuned" may look like.
TRAINING_FORMS = {
    "one-hot": "a new one-hot tensor for each minibatch",
    "buffer": "one-hot in a tensor that is kept",
    "rows": "the first layer's input product as nn.Embedding, its time steps in Python",
}
# Both on one thread: each product has a single row.
GENERATION_FORMS = {"one-hot": "nn.LSTM, one thread", "cells": "nn.LSTMCell, one thread"}
TRAINING_COLUMNS = [
    "trained characters per second", "charnn", "PyTorch as installed", "PyTorch tuned", "input",
    "charnn / installed", "charnn / tuned", "MFLOP a character", "charnn's GFLOP/s", "of the peak",
]
IN_FLOAT = "charnn in Float"
# Further columns where that is not what is measured.
FLOAT_COLUMNS = [IN_FLOAT, "charnn / in Float"]
BASE = BENCHMARKS["lstm-deep"]


class Charnn:
    """Runs charnn; its checkpoints go to a temporary folder."""

    def __init__(self, corpora, seconds, precision=FLOAT):
        self.corpora, self.seconds, self.precision = corpora, seconds, precision
        self.folder = tempfile.TemporaryDirectory()
        self.checkpoint = Path(self.folder.name) / "charnn.safetensors"
        self.epochs = {}

    def words(self, workload, epochs, threads=None):
        run = ["--epochs", epochs, "--sample-every", 0, "--overwrite", "--json"]
        run += ["--threads", threads] if threads else []
        run += ["--precision", self.precision] if self.precision != FLOAT else []
        text = self.corpora.path(workload.file)
        return ["train", text, *workload.train_options(), *run, "--out", self.checkpoint]

    def train(self, workload, epochs, threads=None):
        return list(program.events(*self.words(workload, epochs, threads)))

    def epochs_for(self, workload, threads=None):
        """As many as take about `seconds`, after a trial of one."""
        key = workload.name, threads
        if key not in self.epochs:
            events = self.train(workload, 1, threads)
            seconds, = (event["seconds"] for event in events if event["event"] == "epoch")
            self.epochs[key] = max(1, round(self.seconds / seconds))
        return self.epochs[key]

    def speed(self, workload, threads=None):
        """Trained characters per second of training steps."""
        done = self.train(workload, self.epochs_for(workload, threads), threads)[-1]
        assert done["event"] == "done", done
        return done["chars_per_second"]

    def predict_words(self, length, *options):
        return ["predict", PREFIX, "--length", length, *options, "--model", self.checkpoint]

    def eval_words(self, workload, *options):
        path = self.corpora.path(workload.file)
        return ["eval", path, *options, "--model", self.checkpoint]

    def speed_of(self, *words):
        """Characters per second that `predict` generates or `eval` reads, of all texts together."""
        results = list(program.events(*words, "--json"))
        return sum(r["characters"] for r in results) / sum(r["seconds"] for r in results)


class Bench:
    """Every method without an underscore measures one table and prints it."""

    def __init__(self, corpora, rounds, seconds, precision):
        self.corpora, self.rounds, self.seconds = corpora, rounds, seconds
        self.charnn, self.peak = Charnn(corpora, seconds, precision), Peak(precision)
        self.in_float = Charnn(corpora, seconds)
        self.precision = precision

    def _medians(self, measures):
        """Of each, measured in turn."""
        found = {name: [] for name in measures}
        for _ in range(self.rounds):
            self.peak.measure()
            for name, measure in measures.items():
                found[name].append(measure())
        return {name: statistics.median(values) for name, values in found.items()}

    def _flop(self, workload):
        """Of training, a character."""
        path = self.corpora.path(workload.file)
        text = texts.prepared(path, workload.text, workload.characters)
        return workload.flop_per_character(len(texts.vocabulary(text, workload.text)))

    def training(self, names):
        results = {name: self._compare(BENCHMARKS[name]) for name in names}
        # Printed when all is measured, because the peak is the run's.
        rows = [self._training_row(BENCHMARKS[name], *found) for name, found in results.items()]
        columns = TRAINING_COLUMNS + (FLOAT_COLUMNS if self.precision != FLOAT else [])
        print_table("Training", columns, rows)
        print(
            "\nFLOP a character = 6 x (all weights but the first layer's input matrix, which a "
            "one-hot character picks a row of)."
        )
        forms = "; ".join(f"{form}: {what}" for form, what in TRAINING_FORMS.items())
        print(f"\nThe fastest input of PyTorch tuned, of {forms}.")
        # Sizes that no register divides, against the same model with sizes that all do.
        if {"odd", "lstm-deep"} <= results.keys():
            odd, even = (
                results[name][0]["charnn"] * self._flop(BENCHMARKS[name])
                for name in ("odd", "lstm-deep")
            )
            print(f"\nodd does {odd / even:.0%} of the operations a second of lstm-deep.")

    def _compare(self, row):
        """The medians of charnn's and PyTorch's speeds, and PyTorch's best form."""
        faults = {}

        def train(name, **options):
            path = self.corpora.path(row.file)
            result = pytorch("train", row, path, self.seconds, precision=self.precision, **options)
            faults[name] = result["faults"]
            return result["speed"]

        measures = {}
        for name, charnn in self._charnns().items():
            charnn.epochs_for(row)
            measures[name] = partial(charnn.speed, row)
        measures["PyTorch"] = lambda: train("PyTorch")
        for form in TRAINING_FORMS:
            measures[form] = lambda form=form: train(form, tuned=True, form=form)
        found = self._medians({n: told(f"{row.name}: {n}", m) for n, m in measures.items()})
        counts = ", ".join(f"{name} {count:,.0f}" for name, count in faults.items())
        say(f"{row.name}: page faults a step of PyTorch in the last round: {counts}")
        return found, max(TRAINING_FORMS, key=found.get)

    def _charnns(self):
        in_float = {IN_FLOAT: self.in_float} if self.precision != FLOAT else {}
        return {"charnn": self.charnn, **in_float}

    def _training_row(self, row, found, form):
        charnn, installed, tuned = found["charnn"], found["PyTorch"], found[form]
        flop = self._flop(row)
        gflops = charnn * flop / 1e9
        cells = [
            row.name, number(charnn), found_number(installed), found_number(tuned),
            form if tuned else "–", ratio(charnn, installed), ratio(charnn, tuned),
            f"{flop / 1e6:.2f}", number(gflops), self.peak.share(gflops),
        ]
        if in_float := found.get(IN_FLOAT):
            cells += [number(in_float), ratio(charnn, in_float)]
        return cells

    def threads(self):
        """training with one thread and with all cores"""
        measures = {n: lambda n=n: self.charnn.speed(BASE, threads=n) for n in (1, cores())}
        medians = self._medians(measures)
        peaks = {1: self.peak.one, cores(): self.peak.all}
        rows = []
        for count, speed in medians.items():
            of_peak = [found_number(peaks[count]), ratio(peaks[count], peaks[1])]
            rows.append([str(count), number(speed), ratio(speed, medians[1]), *of_peak])
        columns = ["characters per second", "of one", "peak, GFLOP/s", "of one core's"]
        print_table("Threads", ["threads (lstm-deep)", *columns], rows)

    def generation(self):
        """generating one text, beside PyTorch's eager loop; generating and reading by precision"""
        self.in_float.train(BASE, 1)
        path = self.corpora.path(BASE.file)
        predict = self.in_float.predict_words(GENERATED)

        def job(**options):
            return lambda: pytorch("generate", BASE, path, self.seconds, **options)["speed"]

        measures = {
            "charnn": lambda: self.in_float.speed_of(*predict),
            "PyTorch eager, as installed": job(),
        }
        for form, description in GENERATION_FORMS.items():
            measures[f"PyTorch tuned, {description}"] = job(tuned=True, form=form)
        medians = self._medians(measures)
        rows = [
            [name, number(speed), ratio(medians["charnn"], speed)]
            for name, speed in medians.items()
        ]
        columns = ["greedy, one text, LSTM 2 x 256", "characters per second", "charnn / this"]
        print_table("Generation", columns, rows)
        self._precisions()

    def _precisions(self):
        """Of the model that `generation` has trained."""
        charnn = self.in_float
        # Drawn, as all would be the same otherwise, and shorter, as there are so many.
        many = ["--count", SIDE_BY_SIDE, "--temperature", 0.8]
        commands = {
            "`predict`": charnn.predict_words(GENERATED),
            f"`predict --count {SIDE_BY_SIDE}`": charnn.predict_words(GENERATED // 10, *many),
            f"`eval --streams {STREAMS}`": charnn.eval_words(BASE, "--streams", STREAMS),
        }
        medians = self._medians({
            (name, precision): partial(charnn.speed_of, *words, "--precision", precision)
            for name, words in commands.items()
            for precision in PRECISIONS
        })
        rows = []
        for name in commands:
            speeds = [medians[name, precision] for precision in PRECISIONS]
            ratios = [ratio(speed, speeds[0]) for speed in speeds[1:]]
            rows.append([name, *map(number, speeds), *ratios])
        columns = [*PRECISIONS, *(f"{precision} / {FLOAT}" for precision in PRECISIONS[1:])]
        print_table("Precisions", ["characters per second, LSTM 2 x 256", *columns], rows)

    def start(self):
        """from the start of the program to its first output"""
        self.in_float.train(BASE, 1)
        charnn, true = program.path(), shutil.which("true")
        predict = [charnn, *self.in_float.predict_words(50)]
        # Past the prefix, which is printed before anything is computed.
        first = len(PREFIX) + 1
        commands = {
            "`charnn --version`, to its end": ([charnn, "--version"],),
            "`charnn predict`, to the first generated character": (predict, first),
            **({"`true`, for comparison": ([true],)} if true else {}),
        }
        rows = [
            [name, f"{1000 * statistics.median(run_time(*words) for _ in range(20)):.1f}"]
            for name, words in commands.items()
        ]
        print_table("Start", ["median of 20", "milliseconds"], rows)

    def memory(self):
        """peak resident memory of training"""
        words = [program.path(), *self.charnn.words(BASE, self.charnn.epochs_for(BASE))]
        path = self.corpora.path(BASE.file)
        plain = pytorch_job("train", BASE, path, self.seconds, precision=self.precision)
        rows = [
            ["charnn", number(peak_memory(words))],
            ["PyTorch as installed", number(peak_memory(*plain))],
        ]
        print_table("Peak memory", ["training lstm-deep", "resident, MB (10^6 bytes)"], rows)

    def sizes(self):
        """hidden units, layers, batch and vocabulary, as shares of the peak"""
        results = []
        with tempfile.TemporaryDirectory() as folder:
            changes = {
                **{f"hidden {n}": {"hidden": n} for n in (64, 128, 256, 512, 1024)},
                **{f"layers {n}": {"layers": n} for n in (1, 2, 3, 4, 6)},
                **{f"batch {n}": {"batch": n} for n in (1, 2, 4, 8, 16, 32, 64, 128, 256)},
                **{
                    f"vocabulary {n}": {"file": text_of(n, folder), "text": "raw"}
                    for n in (28, 100, 1000, 2000, 5000)
                },
            }
            for name, change in changes.items():
                workload = dataclasses.replace(BASE, name=name, rate=0.1, **change)
                measure = told(name, lambda workload=workload: self.charnn.speed(workload))
                speed = self._medians({name: measure})[name]
                results.append((name, speed, speed * self._flop(workload) / 1e9))
        rows = [
            [name, number(speed), number(gflops), self.peak.share(gflops)]
            for name, speed, gflops in results
        ]
        columns = ["lstm-deep, but", "characters per second", "GFLOP/s", "of the peak"]
        print_table("Sizes", columns, rows)


TABLES = {
    name: getattr(Bench, name) for name in ("threads", "generation", "start", "memory", "sizes")
}


def told(name, measure):
    """The same measure, which says what it has found."""

    def measured():
        value = measure()
        say(f"{name}: {value:,.0f}")
        return value

    return measured


def ratio(one, other):
    return f"{one / other:.2f}" if other else "–"


def found_number(value):
    """0 is what was not found."""
    return number(value) if value else "–"


def print_table(title, columns, rows):
    print(f"\n### {title}\n\n{markdown(columns, rows)}", flush=True)


def text_of(different, folder):
    """The path of a text of so many different characters, which follow one another in turn."""
    path = Path(folder) / f"{different}.txt"
    path.write_text("".join(chr(0x4E00 + index % different) for index in range(BASE.characters)))
    return str(path)


def print_conditions(corpora, options, load):
    plural = "" if options.rounds == 1 else "s"
    lines = [
        program.charnn("--version").strip(),
        f"{program.processor()}, {cores()} cores",
        f"Medians of {options.rounds} round{plural}, runs of about {options.seconds:g} s",
    ]
    if options.precision != FLOAT:
        lines.append(
            f"Training with products of {options.precision}: charnn by --precision, PyTorch under "
            "torch.autocast; the peak is that of such products"
        )
    if corpora.folder is None:
        lines.append("The texts built into charnn serve in place of the recipes'")
    if load > 0.5:
        lines.append(
            f"**The machine was busy** (load {load:.1f} at the start): every figure is too low, "
            "and the ratios say little, as not everything suffers alike"
        )
    print("\n".join(["## Benchmark\n", *(f"- {line}" for line in lines)]), flush=True)


def parse(arguments):
    parser = Parser("bench", __doc__)
    parser.add_rows(BENCHMARKS, "all unless another table is asked for")
    parser.add_argument("--rounds", type=int, default=5, help="medians are of this many (5)")
    parser.add_argument("--seconds", type=float, default=3, help="about, for each run (3)")
    parser.add_argument(
        "--precision", choices=(FLOAT, BFLOAT16), default=FLOAT,
        help="of the products in training, and of the peak (float)",
    )
    parser.add_flags(**{name: f"table: {run.__doc__}" for name, run in TABLES.items()})
    parser.add_flags(all="all rows and all tables")
    options = parser.parse_rows(arguments, BENCHMARKS)
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be above 0")
    return options


def main(arguments):
    options = parse(arguments)
    tables = [run for name, run in TABLES.items() if getattr(options, name) or options.all]
    names = list(BENCHMARKS) if options.all or not (options.rows or tables) else options.rows
    load = os.getloadavg()[0]  # before the build, which is a load itself
    program.path()
    bench = Bench(Corpora(options.corpora), options.rounds, options.seconds, options.precision)
    print_conditions(bench.corpora, options, load)
    bench.peak.measure()
    if names:
        bench.training(names)
    for run in tables:
        run(bench)
    if bench.peak.all:
        print(
            f"\nMultiply-add peak in {options.precision}: {number(bench.peak.one)} GFLOP/s on one "
            f"core, {number(bench.peak.all)} on {cores()}, the best seen in this run."
        )
    elif bench.peak.program:
        print(f"\nNo multiply-add peak: this processor has no products of {options.precision}.")
