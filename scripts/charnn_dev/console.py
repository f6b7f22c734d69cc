"""What the tools say on standard error, their exit codes and their command lines."""

import argparse
import os
import sys
from pathlib import Path

EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_UNAVAILABLE, EX_INTERRUPTED = 64, 65, 66, 69, 130
# What overwrites the line of a terminal; elsewhere there is no progress to overwrite.
CLEAR = "\r\x1b[K" if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else ""


def say(message, end="\n"):
    print(f"{CLEAR}{message}", end=end, file=sys.stderr, flush=True)


def fail(message, status):
    say(message)
    sys.exit(status)


class Parser(argparse.ArgumentParser):
    """The command line of a subcommand, described by the first line of its module's docstring."""

    def __init__(self, name, docstring, **options):
        description = docstring.splitlines()[0]
        super().__init__(prog=f"scripts/dev {name}", description=description, **options)

    def error(self, message):
        fail(f"{self.prog}: {message}\n{self.format_usage().rstrip()}", EX_USAGE)

    def add_flags(self, **flags):
        for name, text in flags.items():
            self.add_argument(f"--{name}", action="store_true", help=text)

    def add_rows(self, rows, default):
        self.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(rows)}; {default}")
        self.add_corpora()

    def add_corpora(self):
        self.add_argument(
            "--corpora", type=Path, metavar="FOLDER", help="the texts (../shared/corpora if there)"
        )

    def add_trainings(self, rows, quick, **flags):
        """Rows that are trained, for a table; `quick` says what that option does."""
        self.add_rows(rows, "all if none")
        self.add_threads()
        readme = "put the table into scripts/README.md"
        self.add_flags(quick=quick, readme=readme, table="train nothing", **flags)

    def add_threads(self):
        self.add_argument("--threads", type=int, metavar="N", help="of charnn (all cores)")

    def parse_trainings(self, arguments, rows):
        options = self.parse_rows(arguments, rows)
        if options.quick and options.readme:
            self.error("--quick never writes the README")
        if options.table and options.rows:
            self.error("--table is of all rows that have a result: name none")
        return options

    def parse_rows(self, arguments, rows):
        options = self.parse_args(arguments)
        for name in options.rows:
            if name not in rows:
                self.error(f"{name}: the rows are {', '.join(rows)}")
        return options
