"""The subcommands of scripts/dev, and how each is started.

Those that need third-party packages run in the virtual environment, which is made for the first of
them; the others need python3 (3.10 or later) and nothing else.
"""

import importlib
import os
import sys

from charnn_dev import environment
from charnn_dev.console import EX_INTERRUPTED, EX_UNAVAILABLE, EX_USAGE, fail
from charnn_dev.program import SCRIPTS, Failed

PLAIN = {
    "recipes": "trains the book's recipes beside what was published; --quick tries every row",
    "karpathy": "trains the models of a paper on War and Peace, over several sittings",
    "heldout": "measures models on text that they have not read",
    "grid": "tries models on a text for some minutes each, beside charnn's own choice",
    "convergence": "counts the epochs until a text is learned",
    "authors": "measures whether a second author's text helps with the first",
    "torture": "tries to make charnn lose a file, hang or crash; --quick takes a minute",
    "check-readme": "runs the commands that README.md shows and compares their output",
    "pictures": "draws the README's pictures of what charnn shows in a terminal",
    "program": "prints the path of the charnn that the others run, built first unless CHARNN names it",
}
WITH_PACKAGES = {
    "bench": "measures charnn beside PyTorch and the machine's peak",
    "trials": "tries with PyTorch what lets deep stacks learn",
    "golden": "writes the tests' golden values with PyTorch",
    "check-pytorch": "evaluates a checkpoint with PyTorch",
    "plots": "draws the curves of the recipes that were trained",
    "pytorch-job": "PyTorch's side of bench, in a process of its own",
}
SHELL = {
    "sanitize": "the tests under sanitizers, and what reads files under a fuzzer",
    "arm64": "builds for arm64 with the oldest Swift and runs it in an emulator",
}


def usage():
    rows = (f"  {name:14}{text}" for name, text in {**PLAIN, **WITH_PACKAGES, **SHELL}.items())
    return "\n".join(["usage: scripts/dev SUBCOMMAND ...", "", *rows])


def main(arguments):
    name, *rest = arguments or ["--help"]
    if name in ("-h", "--help"):
        return print(usage())
    if name in SHELL:
        os.execv(SCRIPTS / name, [name, *rest])
    if name in WITH_PACKAGES:
        environment.enter(arguments)
    elif name not in PLAIN:
        fail(f"scripts/dev: no subcommand {name}\n{usage()}", EX_USAGE)
    try:
        sys.exit(importlib.import_module(f"charnn_dev.{name.replace('-', '_')}").main(rest))
    except Failed as error:
        fail(f"{name}: {error}", EX_UNAVAILABLE)
    except KeyboardInterrupt:
        fail(f"{name}: interrupted", EX_INTERRUPTED)
