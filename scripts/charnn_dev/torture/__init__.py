"""Tries to make charnn lose a file, hang or crash, and counts.

    scripts/dev torture [--quick] [--seed N] [SECTION ...]

Each finding is a line with the command; the last line counts. With --quick everything is tried, but
less often, in about a minute. The parts that mount a small disk or change users need root.
"""

import signal
import tempfile
import time

from charnn_dev.console import Parser
from charnn_dev.torture import claims, files, inputs, kills, output, runs, system
from charnn_dev.torture.support import Torture

SECTIONS = {
    "kills": kills.kills,
    "bits": files.bits,
    "claims": claims.claims,
    "mutants": files.mutants,
    "lines": inputs.lines,
    "texts": inputs.texts,
    "output": output.output,
    "runs": runs.runs,
    "signals": output.signals,
    "terminal": output.terminal,
    "disks": system.disks,
    "limits": system.limits,
    "growth": system.growth,
}


def main(arguments):
    # What starts in the background may have been told to ignore them, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    parser = Parser("torture", __doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_flags(quick="less of everything: about a minute")
    parser.add_argument("--seed", type=int, default=1, help="start of the random draws")
    options = parser.parse_args(arguments)
    for name in options.sections:
        if name not in SECTIONS:
            parser.error(f"no section {name}; there are {', '.join(SECTIONS)}")
    with tempfile.TemporaryDirectory(prefix="charnn-torture-") as folder:
        torture = Torture(folder, options.seed, options.quick)
        for name in options.sections or SECTIONS:
            start, before = time.monotonic(), torture.findings
            SECTIONS[name](torture)
            seconds = time.monotonic() - start
            print(f"{name}: {torture.findings - before} findings, {seconds:.0f} s", flush=True)
    print(torture.summary())
    return 1 if torture.findings else 0
