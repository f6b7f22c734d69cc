"""Tries to make charnn lose a file, hang or crash, and counts.

    scripts/torture [--quick] [--seed N] [SECTION ...]

Each finding is a line with the command; the last line counts. With --quick everything is tried, but
less often, in about a minute.
"""

import argparse
import sys
import tempfile
import time

import torture_claims
import torture_files
import torture_inputs
import torture_kills
import torture_output
import torture_runs
import torture_system
from torture_support import Torture

SECTIONS = {
    "kills": torture_kills.kills,
    "bits": torture_files.bits,
    "claims": torture_claims.claims,
    "mutants": torture_files.mutants,
    "lines": torture_inputs.lines,
    "texts": torture_inputs.texts,
    "output": torture_output.output,
    "runs": torture_runs.runs,
    "signals": torture_output.signals,
    "terminal": torture_output.terminal,
    "disks": torture_system.disks,
    "limits": torture_system.limits,
    "growth": torture_system.growth,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="less of everything: about a minute")
    parser.add_argument("--seed", type=int, default=1, help="start of the random draws")
    options = parser.parse_args()
    for name in options.sections:
        if name not in SECTIONS:
            parser.error(f"no section {name}; there are {', '.join(SECTIONS)}")
    with tempfile.TemporaryDirectory(prefix="charnn-torture-") as folder:
        torture = Torture(folder, options.seed, options.quick)
        for name in options.sections or SECTIONS:
            start = time.monotonic()
            before = torture.findings
            SECTIONS[name](torture)
            seconds = time.monotonic() - start
            print(f"{name}: {torture.findings - before} findings, {seconds:.0f} s", flush=True)
    print(torture.summary())
    sys.exit(1 if torture.findings else 0)


if __name__ == "__main__":
    main()
