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
stays small. This file is their program too: see `pytorch_process`.
"""

import argparse
import dataclasses
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# Not in the process that measures: its size would count for those that it starts.
IS_PYTORCH = sys.argv[1:2] == ["pytorch-process"]
if IS_PYTORCH:
    import resource

    import torch
    from golden import Model, mean_loss

ROOT = Path(__file__).resolve().parent.parent
EX_UNAVAILABLE, EX_NOINPUT = 69, 66

# The text that stands in for one that is not there.
BUILT_IN = {
    "timemachine.txt": "time_traveller.txt",
    "hongloumeng.txt": "lyrics_zh.txt",
    "tinyshakespeare.txt": "time_traveller.txt",
}

# Without these, glibc gives the tensors of every step back to the system and gets them again as
# pages to be cleared. mmap_max is there for releases that refuse so high an mmap_threshold; other
# C libraries ignore it all. The page faults that standard error reports show whether it works.
TUNED_MALLOC = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in {
        "mmap_threshold": 1 << 32,
        "trim_threshold": 1 << 32,
        "top_pad": 1 << 28,
        "mmap_max": 0,
    }.items()
)
# What would make PyTorch run otherwise than installed.
SETTINGS = re.compile(r"(OMP|GOMP|KMP|MKL|MALLOC|LD_PRELOAD|GLIBC_TUNABLES|TORCH|ATEN)(_|$)")

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

PREFIX = "the "  # that generation continues; its characters are in every English text
FEWEST_STEPS = 5  # of PyTorch, to warm up and then to count
PEAK_SECONDS = 0.5


# What is measured


@dataclass(frozen=True)
class Workload:
    """A model, the text it is trained on, and how."""

    name: str
    file: str  # its name, or the path of one that is no corpus
    text: str  # raw, letters or flat, as `charnn train --text`
    characters: int  # of the text, from its beginning
    cell: str
    layers: int
    hidden: int
    init: str = "uniform"
    optimizer: str = "adam"
    rate: float = 0.002
    clip: float = 1
    batch: int = 32
    steps: int = 35

    @property
    def gates(self):
        return {"rnn": 1, "gru": 3, "lstm": 4}[self.cell]

    def flop_per_character(self, vocabulary_size):
        """Of training: each weight multiplies forward, for its input's gradient and for its own.

        That is three multiply-adds of two operations. The first layer's input matrix does not
        count: on a one-hot character it is the choice of a row.
        """
        square = self.gates * self.hidden * self.hidden
        return 6 * (square * (2 * self.layers - 1) + self.hidden * vocabulary_size)

    def charnn_options(self):
        options = {
            "text": self.text,
            "max-chars": self.characters,
            "cell": self.cell,
            "layers": self.layers,
            "hidden": self.hidden,
            "init": self.init,
            "optimizer": self.optimizer,
            "lr": self.rate,
            "clip": self.clip,
            "batch": self.batch,
            "steps": self.steps,
        }
        return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def time_machine(name, cell, layers, hidden, rate, init="uniform"):
    return Workload(
        name, "timemachine.txt", "letters", 10_000, cell, layers, hidden, init, "sgd", rate
    )


def chinese(name, cell, layers):
    return Workload(
        name, "hongloumeng.txt", "flat", 10_000, cell, layers, 256, rate=0.01, clip=0.01
    )


def shakespeare(name, characters, hidden, batch, steps):
    return Workload(
        name, "tinyshakespeare.txt", "raw", characters, "lstm", 2, hidden, batch=batch, steps=steps
    )


ROWS = {
    row.name: row
    for row in (
        time_machine("lstm-deep", "lstm", 2, 256, rate=2),
        time_machine("gru", "gru", 1, 256, rate=2),
        time_machine("rnn-deep", "rnn", 2, 512, rate=1, init="normal"),
        time_machine("rnn-scratch", "rnn", 1, 512, rate=1, init="normal"),
        chinese("zh-gru", "gru", 1),
        chinese("zh-lstm", "lstm", 1),
        chinese("zh-lstm-2", "lstm", 2),
        shakespeare("wide", 200_000, hidden=512, batch=64, steps=128),
        shakespeare("odd", 20_000, hidden=250, batch=31, steps=33),
    )
}


# Texts


class Texts:
    """Where the texts are."""

    def __init__(self, folder):
        default = ROOT.parent / "shared/corpora"
        self.folder = folder or (default if default.is_dir() else None)
        if folder and not folder.is_dir():
            fail(f"--corpora {folder}: no such folder", EX_NOINPUT)

    def path(self, workload):
        if workload.file not in BUILT_IN:
            return Path(workload.file)
        if self.folder is None:
            return ROOT / "corpora" / BUILT_IN[workload.file]
        path = self.folder / workload.file
        if not path.is_file():
            fail(f"{path} is missing; without --corpora, built-in texts serve", EX_NOINPUT)
        return path

    def flop_per_character(self, workload):
        vocabulary, _ = read_text(self.path(workload), workload)
        return workload.flop_per_character(len(vocabulary))


def read_text(path, workload):
    """The vocabulary in index order, and the text as charnn prepares it for the workload."""
    text = path.read_bytes().decode().replace("\r\n", "\n")
    if workload.text == "flat":
        text = text.replace("\n", " ")
    elif workload.text == "letters":
        lines = (re.sub("[^A-Za-z]+", " ", line) for line in text.split("\n"))
        text = "".join(line.strip().lower() for line in lines)
    text = text[: workload.characters]
    return ["<unk>"] * (workload.text == "letters") + sorted(set(text)), text


def text_of(different, characters, folder):
    """The path of a text of so many different characters, which follow one another in turn."""
    path = Path(folder) / f"{different}.txt"
    text = [chr(0x4E00 + index % different) for index in range(characters)]
    path.write_text("".join(text), encoding="utf-8")
    return str(path)


# Processes


def say(message):
    print(f"bench: {message}", file=sys.stderr, flush=True)


def fail(message, status):
    say(message)
    sys.exit(status)


def output(command, environment=None):
    """Standard output of a command that must succeed; what it says besides is shown if not."""
    result = subprocess.run(
        [str(word) for word in command], env=environment, capture_output=True, text=True
    )
    if result.returncode != 0:
        name = Path(command[0]).name
        fail(f"{name} exits with {result.returncode}\n{result.stderr.strip()}", EX_UNAVAILABLE)
    return result.stdout


def build():
    """The path of charnn."""
    if program := os.environ.get("CHARNN"):
        if not shutil.which(program):
            fail(f"CHARNN={program} is no program", EX_NOINPUT)
        return program
    if not shutil.which("swift"):
        fail("no swift in PATH; CHARNN may name a charnn that is built already", EX_UNAVAILABLE)
    command = ["swift", "build", "-c", "release", "--package-path", str(ROOT)]
    say("building charnn")
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        fail("charnn does not build", EX_UNAVAILABLE)
    return output([*command, "--show-bin-path"]).strip() + "/charnn"


class Charnn:
    """Runs charnn; its checkpoints go to a temporary folder."""

    def __init__(self, program, texts, seconds):
        self.program = program
        self.texts = texts
        self.seconds = seconds
        self.folder = tempfile.TemporaryDirectory()
        self.epochs = {}

    def train_command(self, workload, epochs, threads=None):
        command = [self.program, "train", self.texts.path(workload), *workload.charnn_options()]
        command += ["--epochs", epochs, "--sample-every", 0, "--out", self.checkpoint, "--json"]
        return command + (["--threads", threads] if threads else [])

    @property
    def checkpoint(self):
        return Path(self.folder.name) / "charnn.safetensors"

    def epochs_for(self, workload, threads=None):
        """As many as take about `seconds`, after a trial of one."""
        key = (workload, threads)
        if key not in self.epochs:
            first = output(self.train_command(workload, 1, threads)).splitlines()[0]
            self.epochs[key] = max(1, round(self.seconds / json.loads(first)["seconds"]))
        return self.epochs[key]

    def training_speed(self, workload, threads=None):
        """Trained characters per second of training steps."""
        epochs = self.epochs_for(workload, threads)
        lines = output(self.train_command(workload, epochs, threads)).splitlines()
        done = json.loads(lines[-1])
        assert done["event"] == "done", done
        return done["chars_per_second"]

    def generation_speed(self, length):
        """Greedily generated characters per second, with the checkpoint of the last training."""
        line = json.loads(output([*self.predict_command(length), "--json"]))
        return line["characters"] / line["seconds"]

    def predict_command(self, length):
        options = ["--length", length, "--model", self.checkpoint]
        return [self.program, "predict", PREFIX, *options]


def pytorch_command(task, workload, path, seconds, tuned, form):
    job = {
        "task": task,
        "workload": dataclasses.asdict(workload),
        "path": str(path),
        "seconds": seconds,
        "tuned": tuned,
        "form": form,
    }
    return [sys.executable, "-B", __file__, "pytorch-process", json.dumps(job)]


def pytorch_environment(tuned):
    environment = {k: v for k, v in os.environ.items() if not SETTINGS.match(k)}
    return {**environment, "GLIBC_TUNABLES": TUNED_MALLOC} if tuned else environment


def pytorch(task, workload, path, seconds, tuned=False, form="one-hot"):
    """What a process of PyTorch's finds: see `pytorch_process`."""
    command = pytorch_command(task, workload, path, seconds, tuned, form)
    return json.loads(output(command, pytorch_environment(tuned)))


class Peak:
    """The multiply-add peak in GFLOP/s, on one core and on all: see peak.c.

    The best that was seen, because whatever disturbs it makes it lower.
    """

    def __init__(self):
        self.one = self.all = 0.0
        self.folder = tempfile.TemporaryDirectory()
        self.program = self.compile()

    def compile(self):
        """The path of the program, None where there is no compiler for it."""
        is_x86 = platform.machine().lower() in ("x86_64", "amd64")
        # Compilers prefer half of AVX-512's width unless told not to.
        flags = ["-march=native", "-mprefer-vector-width=512"] if is_x86 else ["-mcpu=native"]
        program = Path(self.folder.name) / "peak"
        source = ROOT / "scripts/peak.c"
        for compiler in compilers():
            command = [compiler, "-O2", *flags, "-pthread", source, "-o", program]
            if subprocess.run(command, capture_output=True).returncode == 0:
                return program
        say("no C compiler (cc, clang, gcc): going without the multiply-add peak")
        return None

    def measure(self):
        if self.program:
            self.one = max(self.one, float(output([self.program, 1, PEAK_SECONDS])))
            self.all = max(self.all, float(output([self.program, cores(), PEAK_SECONDS])))

    def share(self, gflops):
        return f"{gflops / self.all:.0%}" if self.all else "–"


def compilers():
    """C compilers that are here; Swift's toolchains bring clang along."""
    swift = shutil.which("swift")
    beside_swift = str(Path(swift).resolve().parent / "clang") if swift else None
    candidates = [os.environ.get("CC"), "cc", "clang", "gcc", beside_swift]
    return [found for name in candidates if name and (found := shutil.which(name))]


def cores():
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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


def run_time(command, first_bytes=None):
    """Seconds from the start of a command to its end, or to its first bytes of output."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        left = first_bytes or float("inf")
        while left > 0 and (chunk := process.stdout.read(min(left, 1 << 16))):
            left -= len(chunk)
        if first_bytes:
            seconds = time.perf_counter() - start
            process.stdout.read()
        process.wait()
        if not first_bytes:
            seconds = time.perf_counter() - start
    if process.returncode != 0:
        fail(f"{Path(command[0]).name} exits with {process.returncode}", EX_UNAVAILABLE)
    return seconds


def peak_memory(command, environment=None):
    """The most memory that a command has resident, in MB.

    Never less than this process has itself, which counts for its child until that has begun.
    """
    process = subprocess.Popen(
        [str(word) for word in command], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        fail(f"{Path(command[0]).name} exits with {process.returncode}", EX_UNAVAILABLE)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1e6


# PyTorch's side, in a process of its own


def pytorch_process(job):
    """Does the job that `pytorch_command` describes and prints what it finds as JSON.

    speed: characters per second; faults (of training): page faults a step, after the warm-up.
    """
    torch.manual_seed(1)
    workload = Workload(**job["workload"])
    vocabulary, text = read_text(Path(job["path"]), workload)
    indices = {character: index for index, character in enumerate(vocabulary)}
    ids = torch.tensor([indices[character] for character in text])
    task = {"train": train, "generate": generate}[job["task"]]
    model = make_model(workload, len(vocabulary), job["form"])
    print(json.dumps(task(workload, model, ids, job["seconds"], job["tuned"])))


def make_model(workload, vocabulary_size, form):
    if form == "rows":
        model = RowsModel(workload, vocabulary_size)
    else:
        shape = (workload.cell, workload.layers, workload.hidden)
        model = Model(vocabulary_size, *shape, "tanh", bidirectional=False, embedding=0)
    if form == "buffer":
        model = BufferModel(workload, model)
    if form == "cells":
        model = CellsModel(model)
    if workload.init == "normal":
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, 0, 0.01 if parameter.dim() == 2 else 0)
    return model


class BufferModel:
    """A model whose one-hot input is written to the same tensor each time."""

    def __init__(self, workload, model):
        self.model = model
        self.vectors = torch.zeros(workload.steps, workload.batch, model.vocabulary_size)

    def parameters(self):
        return self.model.parameters()

    def __call__(self, inputs, state):
        vectors = self.vectors.zero_().scatter_(2, inputs.unsqueeze(2), 1)
        outputs, state = self.model.rnn(vectors, state)
        return self.model.linear(outputs), state


class RowsModel:
    """A model whose first layer's input product is the look-up of rows, input bias included.

    As nn.LSTM and its like cannot start from such products, that layer is written out; those
    above it are one of them. The state is (first layer's, upper layers').
    """

    def __init__(self, workload, vocabulary_size):
        nn = torch.nn
        hidden, upper_layers = workload.hidden, workload.layers - 1
        self.hidden = hidden
        self.rows = nn.Embedding(vocabulary_size, workload.gates * hidden)
        self.recurrent = nn.Linear(hidden, workload.gates * hidden)
        kinds = {
            "rnn": (nn.RNN, self.rnn, 1),
            "gru": (nn.GRU, self.gru, 1),
            "lstm": (nn.LSTM, self.lstm, 2),
        }
        module, self.advance, self.states = kinds[workload.cell]
        self.upper = module(hidden, hidden, upper_layers) if upper_layers else None
        self.linear = nn.Linear(hidden, vocabulary_size)
        for parameter in (*self.rows.parameters(), *self.recurrent.parameters()):
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)

    def parameters(self):
        modules = (self.rows, self.recurrent, self.upper, self.linear)
        return [parameter for module in modules if module for parameter in module.parameters()]

    def __call__(self, inputs, state):
        if state is None:
            state = (torch.zeros(inputs.shape[1], self.hidden),) * self.states, None
        first, upper = state
        outputs = []
        for x in self.rows(inputs).unbind():
            first = self.advance(x, *first)
            outputs.append(first[0])
        outputs = torch.stack(outputs)
        if self.upper:
            outputs, upper = self.upper(outputs, upper)
        return self.linear(outputs), (first, upper)

    def rnn(self, x, h):
        return ((x + self.recurrent(h)).tanh(),)

    def gru(self, x, h):
        sizes = [2 * self.hidden, self.hidden]
        x_gates, x_n = x.split(sizes, 1)
        h_gates, h_n = self.recurrent(h).split(sizes, 1)
        r, z = (x_gates + h_gates).sigmoid().chunk(2, 1)
        n = (x_n + r * h_n).tanh()
        return (n + z * (h - n),)

    def lstm(self, x, h, c):
        i, f, g, o = (x + self.recurrent(h)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


def detached(state):
    """The state, however it is nested, without the graph that computed it."""
    if isinstance(state, tuple):
        return tuple(detached(part) for part in state)
    return None if state is None else state.detach()


def train(workload, model, ids, seconds, tuned):
    """Trains for about `seconds` of steps after a warm-up."""
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    optimizer = optimizers[workload.optimizer](
        model.parameters(), lr=workload.rate, fused=True if tuned else None
    )

    def step(inputs, targets, state):
        logits, state = model(inputs, state)
        loss = mean_loss(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), workload.clip)
        optimizer.step()
        loss.item()  # as a program that reports it does
        return detached(state)

    batches = minibatches(ids, workload)
    state = None

    def steps(enough):
        """Steps and their seconds, until there are enough of both."""
        nonlocal state
        count, spent = 0, 0.0
        while count < FEWEST_STEPS or spent < enough:
            inputs, targets, is_first = next(batches)
            start = time.perf_counter()
            state = step(inputs, targets, None if is_first else state)
            spent += time.perf_counter() - start
            count += 1
        return count, spent

    steps(seconds / 4)
    faults = page_faults()
    count, spent = steps(seconds)
    return {
        "speed": count * workload.batch * workload.steps / spent,
        "faults": (page_faults() - faults) / count,
    }


def minibatches(ids, workload):
    """Inputs and targets, both [T, B], without end, and whether they are an epoch's first.

    The sequential partition, from an offset drawn anew for each epoch, as charnn's.
    """
    batch, steps = workload.batch, workload.steps
    while True:
        offset = int(torch.randint(min(steps, len(ids) - batch * steps - 1) + 1, ()))
        stream = (len(ids) - offset - 1) // batch
        inputs, targets = (
            ids[first : first + batch * stream].view(batch, stream).t().contiguous()
            for first in (offset, offset + 1)
        )
        for start in range(0, stream - steps + 1, steps):
            yield inputs[start : start + steps], targets[start : start + steps], start == 0


def page_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


class CellsModel:
    """A model of LSTMs for one character a call, with less around the arithmetic."""

    def __init__(self, model):
        rnn = model.rnn
        widths = [rnn.input_size] + [rnn.hidden_size] * (rnn.num_layers - 1)
        self.cells = [torch.nn.LSTMCell(width, rnn.hidden_size) for width in widths]
        self.linear = model.linear
        self.one_hot = torch.eye(rnn.input_size)

    def __call__(self, inputs, states):
        x = self.one_hot[inputs[0]]
        states = states or [None] * len(self.cells)
        new_states = []
        for cell, state in zip(self.cells, states):
            new_states.append(cell(x, state))
            x = new_states[-1][0]
        return self.linear(x), new_states


def generate(workload, model, ids, seconds, tuned):
    """Generates greedily for about `seconds`, one character after another."""
    if tuned:
        torch.set_num_threads(1)
    with torch.inference_mode() if tuned else torch.no_grad():
        character, state = ids[:1].view(1, 1), None
        generated = []
        start = time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            logits, state = model(character, state)
            character = logits.argmax(-1).view(1, 1)
            generated.append(character.item())
        return {"speed": len(generated) / spent}


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


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


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
    if IS_PYTORCH:
        pytorch_process(json.loads(sys.argv[2]))
    else:
        main()
