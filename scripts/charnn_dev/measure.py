"""What bench measures with: the machine's peak, a program's time and memory, jobs of PyTorch's."""

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

from charnn_dev import environment
from charnn_dev.console import say
from charnn_dev.program import Failed, cores, output

PEAK_SECONDS = 0.5
# Without these, glibc gives the tensors of every step back to the system and gets them again as
# pages to be cleared. mmap_max is there for releases that refuse so high an mmap_threshold; other
# C libraries ignore it all. The page faults that standard error reports show whether it works.
TUNED_MALLOC = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in {
        "mmap_threshold": 1 << 32, "trim_threshold": 1 << 32, "top_pad": 1 << 28, "mmap_max": 0,
    }.items()
)
# What would make PyTorch run otherwise than installed.
SETTINGS = re.compile(r"(OMP|GOMP|KMP|MKL|MALLOC|LD_PRELOAD|GLIBC_TUNABLES|TORCH|ATEN)(_|$)")


def pytorch_job(
    task, workload, path, seconds, tuned=False, form="one-hot", precision="float"
):
    """The words and the environment of a process that does this: see pytorch_job.py."""
    job = {
        "task": task, "workload": dataclasses.asdict(workload), "path": str(path),
        "seconds": seconds, "tuned": tuned, "form": form, "precision": precision,
    }
    variables = {k: v for k, v in os.environ.items() if not SETTINGS.match(k)}
    variables.update({"GLIBC_TUNABLES": TUNED_MALLOC} if tuned else {})
    return environment.command("pytorch-job", json.dumps(job)), variables


def pytorch(*job, **options):
    """What a job finds."""
    words, variables = pytorch_job(*job, **options)
    return json.loads(output(*words, env=variables))


class Peak:
    """The multiply-add peak of a precision in GFLOP/s, on one core and on all: see peak.c.

    The best that was seen, because whatever disturbs it makes it lower. It stays 0 where the
    processor does not multiply in that precision.
    """

    def __init__(self, precision):
        self.precision = precision
        self.one = self.all = 0.0
        self.folder = tempfile.TemporaryDirectory()
        self.program = self.compile()

    def compile(self):
        """The path of the program, None where there is no compiler for it."""
        is_x86 = platform.machine().lower() in ("x86_64", "amd64")
        # Compilers prefer half of AVX-512's width unless told not to.
        flags = ["-march=native", "-mprefer-vector-width=512"] if is_x86 else ["-mcpu=native"]
        program = Path(self.folder.name) / "peak"
        source = Path(__file__).with_name("peak.c")
        for compiler in compilers():
            words = [compiler, "-O2", *flags, "-pthread", source, "-o", program]
            if subprocess.run(words, capture_output=True, check=False).returncode == 0:
                return program
        say("no C compiler (cc, clang, gcc): going without the multiply-add peak")
        return None

    def measure(self):
        if self.program:
            self.one = max(self.one, self.once(1))
            self.all = max(self.all, self.once(cores()))

    def once(self, threads):
        found = output(self.program, self.precision, threads, PEAK_SECONDS).strip()
        return 0.0 if found == "none" else float(found)

    def share(self, gflops):
        return f"{gflops / self.all:.0%}" if self.all else "–"


def compilers():
    """C compilers that are here; Swift's toolchains bring clang along."""
    swift = shutil.which("swift")
    beside_swift = str(Path(swift).resolve().parent / "clang") if swift else None
    candidates = [os.environ.get("CC"), "cc", "clang", "gcc", beside_swift]
    return [found for name in candidates if name and (found := shutil.which(name))]


def run_time(words, first_bytes=None):
    """Seconds from the start of a program to its end, or to its first bytes of output."""
    start = time.perf_counter()
    words = [str(word) for word in words]
    with subprocess.Popen(words, stdout=subprocess.PIPE, bufsize=0) as process:
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
        raise Failed(f"{words[0]} exits with {process.returncode}")
    return seconds


def peak_memory(words, variables=None):
    """The most memory that a program has resident, in MB.

    Never less than this process has itself, which counts for its child until that has begun.
    """
    words = [str(word) for word in words]
    process = subprocess.Popen(words, env=variables, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{words[0]} exits with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1e6
