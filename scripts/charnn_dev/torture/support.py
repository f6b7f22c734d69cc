"""Runs charnn, and keeps account of what was tried and what was found."""

import collections
import concurrent.futures
import os
import random
import resource
import shlex
import signal
import subprocess
import threading
from pathlib import Path

from charnn_dev import program

KINDS = ["lost", "different", "crashes", "hangs", "wrong exit codes", "wrong otherwise"]

# What stops a process that nobody outside has stopped.
CRASHES = {
    -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGABRT, -signal.SIGFPE,
    -signal.SIGTRAP, -signal.SIGXFSZ, -signal.SIGPIPE, -signal.SIGKILL,
}

TINY = "--hidden 8 --layers 1 --batch 4 --steps 5 --threads 1".split()
PANGRAM = "the quick brown fox jumps over the lazy dog; "


class Result:
    def __init__(self, command, code, output, messages):
        self.command, self.code = command, code
        self.output, self.messages = output, messages

    def __str__(self):
        last = self.messages.decode("utf8", "replace").strip().splitlines()[-1:]
        return f"exit {self.code}: {shlex.join(map(str, self.command))[:1000]} {last}"


class Torture:
    def __init__(self, folder, seed, quick):
        self.program = program.path()
        self.root = Path(folder)
        self.random = random.Random(seed)
        self.quick = quick
        self.counts = collections.Counter()
        self.found = collections.Counter()
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

    def folder(self):
        """A new empty one."""
        with self.lock:
            self.folders += 1
            path = self.root / str(self.folders)
        path.mkdir()
        return path

    def start(self, words, **options):
        """Starts charnn; Python has SIGPIPE ignored, which a shell's child has not."""
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen([self.program, *map(str, words)], **options)

    def run(self, *words, allowed=(0,), stdin=None, timeout=60, memory=None, **options):
        """Runs charnn to its end; a crash, a hang or another exit code is a finding."""
        if memory:
            limits = (memory, memory)
            options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_AS, limits)
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(words, **options)
        try:
            output, messages = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            output, messages = process.communicate()
            result = Result(process.args, None, output or b"", messages or b"")
            self.find("hangs", result)
            return result
        result = Result(process.args, process.returncode, output or b"", messages or b"")
        if result.code in CRASHES or b"Fatal error" in result.messages:
            self.find("crashes", result)
        elif result.code not in allowed:
            self.find("wrong exit codes", result)
        return result

    def model(self, folder, *words, name="model", text=None, epochs=1):
        """Trains a tiny model on a pangram and returns its path."""
        corpus = folder / "text.txt"
        corpus.write_text(text or PANGRAM * 12)
        path = folder / name
        self.run("train", corpus, *TINY, "--quiet", "--epochs", epochs, "--out", path, *words)
        return path

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
