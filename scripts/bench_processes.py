"""The programs that scripts/bench runs, and the machine that it runs them on."""

import dataclasses
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EX_UNAVAILABLE, EX_NOINPUT = 69, 66

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

PREFIX = "the "  # that generation continues; its characters are in every English text
PEAK_SECONDS = 0.5


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
        command += ["--epochs", epochs, "--sample-every", 0, "--overwrite", "--json"]
        command += ["--out", self.checkpoint]
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
    return [sys.executable, "-B", str(ROOT / "scripts/bench_pytorch.py"), json.dumps(job)]


def pytorch_environment(tuned):
    environment = {k: v for k, v in os.environ.items() if not SETTINGS.match(k)}
    return {**environment, "GLIBC_TUNABLES": TUNED_MALLOC} if tuned else environment


def pytorch(task, workload, path, seconds, tuned=False, form="one-hot"):
    """What a process of PyTorch's finds: see bench_pytorch.py."""
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


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


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
