"""The virtual environment .venv in the repository's root, with the packages of requirements.txt.

It is made when it is missing or requirements.txt has changed. PYTHON names the interpreter to make
it with (this one unless set).
"""

import os
import subprocess
import sys
from pathlib import Path

from charnn_dev.console import EX_UNAVAILABLE, fail, say
from charnn_dev.program import ROOT, SCRIPTS

FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin/python"
WANTED, INSTALLED = SCRIPTS / "requirements.txt", FOLDER / "requirements.txt"


def enter(arguments):
    """Starts scripts/dev again in the environment, unless this process is in it already."""
    if not INSTALLED.is_file() or INSTALLED.read_bytes() != WANTED.read_bytes():
        make()
    if Path(sys.prefix).resolve() != FOLDER:
        os.execv(PYTHON, [str(word) for word in command(*arguments)])


def command(*arguments):
    """The words that run a subcommand in the environment."""
    return [PYTHON, "-B", "-X", "utf8", SCRIPTS / "dev", *arguments]


def make():
    say("installing scripts/requirements.txt in .venv (a minute or more)")
    python = os.environ.get("PYTHON", sys.executable)
    pip = "-m pip install --quiet --disable-pip-version-check --requirement".split()
    for words in [python, "-m", "venv", "--clear", FOLDER], [PYTHON, *pip, WANTED]:
        if subprocess.run(words, stdout=sys.stderr, check=False).returncode != 0:
            fail("the environment .venv cannot be made", EX_UNAVAILABLE)
    # Written last, so an interrupted installation starts afresh.
    INSTALLED.write_bytes(WANTED.read_bytes())
