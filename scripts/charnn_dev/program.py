"""Finds or builds charnn, runs it, and reads what it prints with --json."""

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from charnn_dev.console import EX_NOINPUT, EX_UNAVAILABLE, fail

SCRIPTS = Path(__file__).resolve().parent.parent
ROOT = SCRIPTS.parent


class Failed(Exception):
    """A program ended with an error, or said what it should not."""


@functools.cache
def path():
    """charnn: the one that CHARNN names, or else the release build, which is made first."""
    if name := os.environ.get("CHARNN"):
        if not (found := shutil.which(name)):
            fail(f"CHARNN={name} is no program", EX_NOINPUT)
        return os.path.abspath(found)
    if not shutil.which("swift"):
        fail("no swift in PATH; CHARNN may name a charnn that is built already", EX_UNAVAILABLE)
    build = ["swift", "build", "-c", "release", "--package-path", ROOT, "--product", "charnn"]
    if subprocess.run(build, stdout=sys.stderr, check=False).returncode != 0:
        fail("charnn does not build", EX_UNAVAILABLE)
    return str(ROOT / ".build/release/charnn")


def lines(words, **options):
    """Standard output of a program while it runs; its messages are shown if it fails.

    Whoever has read enough closes the generator, and with it ends the program.
    """
    words = [str(word) for word in words]
    with tempfile.TemporaryFile("w+") as errors:
        pipe = {"stdout": subprocess.PIPE, "stderr": errors, "text": True}
        with subprocess.Popen(words, **pipe, **options) as process:
            try:
                yield from process.stdout
            except GeneratorExit:
                process.terminate()
                raise
        if process.returncode != 0:
            errors.seek(0)
            name = " ".join([Path(words[0]).name, *words[1:2]])
            raise Failed(f"{name} exits with {process.returncode}\n{errors.read().strip()}")


def output(*words, **options):
    return "".join(lines(words, **options))


def charnn(*words, **options):
    """Standard output of charnn."""
    return output(path(), *words, **options)


def events(*words, **options):
    """The JSON objects that charnn prints, one a line, while it runs."""
    for line in lines([path(), *words], **options):
        yield json.loads(line)


def cores():
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def conditions(threads=None):
    """Kept with what is measured: this charnn, the machine, and the threads (all cores if None)."""
    count = threads or cores()
    plural = "s" if count > 1 else ""
    device = f"{processor()}, {count} thread{plural}"
    return {"charnn": charnn("--version").strip(), "device": device}


def processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(": ")[1]
    except OSError:
        pass
    return platform.processor() or platform.machine()


def main(_arguments):
    print(path())
