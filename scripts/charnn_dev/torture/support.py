"""Runs charnn, and keeps account of what was tried and what was found."""

import collections
import concurrent.futures
import os
import random
import resource
import shlex
import signal
import stat
import subprocess
import threading
import time
from pathlib import Path

from charnn_dev import program

KINDS = ["lost", "different", "crashes", "hangs", "wrong exit codes", "wrong otherwise"]
# What stops a process that nobody outside has stopped.
CRASHES = {-getattr(signal, f"SIG{n}") for n in "SEGV BUS ILL ABRT FPE TRAP XFSZ PIPE KILL".split()}
TINY = "--hidden 8 --layers 1 --batch 4 --steps 5 --threads 1".split()
QUICK = [*TINY, "--epochs", 2, "--quiet"]
PANGRAM = "the quick brown fox jumps over the lazy dog; "


class Result:
    def __init__(self, command, code, output, messages):
        self.command, self.code = command, code
        self.output, self.messages = output or b"", messages or b""

    def __str__(self):
        last = self.messages.decode("utf8", "replace").strip().splitlines()[-1:]
        return f"exit {self.code}: {shlex.join(map(str, self.command))[:1000]} {last}"


class Torture:
    def __init__(self, folder, seed, quick):
        self.program = program.path()
        self.root = Path(folder)
        self.random = random.Random(seed)
        self.quick = quick
        self.counts, self.found = collections.Counter(), collections.Counter()
        self.lock = threading.Lock()
        self.folders = 0

    @property
    def findings(self):
        return sum(self.found.values())

    def amount(self, full, quick):
        return quick if self.quick else full

    def count(self, what, number=1):
        with self.lock:
            self.counts[what] += number

    def find(self, kind, what):
        with self.lock:
            self.found[kind] += 1
            print(f"{kind}: {what}", flush=True)

    def expect(self, condition, what, kind="wrong otherwise"):
        self.count("checks")
        if not condition:
            self.find(kind, what)
        return condition

    def summary(self):
        tried = ", ".join(f"{number:,} {what}" for what, number in self.counts.items())
        return f"torture: {tried}; " + ", ".join(f"{self.found[kind]} {kind}" for kind in KINDS)

    def folder(self, text=PANGRAM * 12):
        """A new one, with nothing but a text."""
        with self.lock:
            self.folders += 1
            path = self.root / str(self.folders)
        path.mkdir()
        (path / "text.txt").write_text(text)
        return path

    def start(self, words, **options):
        """Starts charnn; Python has SIGPIPE ignored, which a shell's child has not."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([self.program, *map(str, words)], **{**pipes, **options})

    def run(self, *words, allowed=(0,), stdin=None, timeout=60, memory=None, **options):
        """Runs charnn to its end; a crash, a hang or another exit code is a finding."""
        if memory:
            options["preexec_fn"] = limit(resource.RLIMIT_AS, memory)
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(words, **options)
        try:
            output, messages = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            result = Result(process.args, None, *process.communicate())
            self.find("hangs", result)
            return result
        result = Result(process.args, process.returncode, output, messages)
        if result.code in CRASHES or b"Fatal error" in result.messages:
            self.find("crashes", result)
        elif result.code not in allowed:
            self.find("wrong exit codes", result)
        return result

    def train(self, out, *words, text=None, **options):
        """A tiny training on the text that lies beside its output."""
        text = text or out.parent / "text.txt"
        return self.run("train", text, *QUICK, "--out", out, *words, **options)

    def model(self, folder, *words, name="model"):
        """The path of a checkpoint of one epoch."""
        self.train(folder / name, "--epochs", 1, *words)
        return folder / name

    def ended(self, process, code, what, data=None):
        """Waits for the end of a process; with another exit code, or none, it is a finding."""
        try:
            process.communicate(data, 30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return self.find("hangs", what)
        except BrokenPipeError:
            process.wait()
        found = process.returncode
        return self.expect(found == code, f"{what}: exit {found}, not {code}", "wrong exit codes")

    def in_parallel(self, function, items):
        def tried(item):
            # Such as a missing file that charnn should have written: no reason to leave the rest.
            try:
                function(item)
            except Exception as error:
                self.find("wrong otherwise", f"{item} could not be tried: {error!r}")

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(tried, items):
                pass

    def draws(self, what, number, function, folder):
        """Calls a function with random draws and a number, many times; files of these go."""
        seed = self.random.random()

        def try_one(number):
            function(random.Random(f"{seed} {number}"), number)
            self.count(what)
            for pattern in f"*[a-z]{number}", f"*[a-z]{number}[!0-9]*":
                for left in folder.glob(pattern):
                    left.unlink()

        self.in_parallel(try_one, range(number))


def limit(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


def identity(path):
    """Everything about a file that must stay."""
    status = os.lstat(path)
    data = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
    return (status.st_mode, status.st_uid, status.st_gid, status.st_ino, status.st_nlink, data)


def hidden(folder):
    return [name for name in os.listdir(folder) if name.startswith(".")]


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False


def wait_for_epoch(process):
    """Reads what a training prints with --json until it has done an epoch, or has ended."""
    while b'"event":"epoch"' not in (line := process.stdout.readline()) and line:
        pass
