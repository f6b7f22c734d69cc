"""Runs that meet at one output, and runs that were stopped at a bad moment."""

import os
import subprocess
import time

from charnn_dev.torture.output import QUICK, ended, hidden, identity, wait_for
from charnn_dev.torture.support import PANGRAM, TINY


def runs(torture):
    for _ in range(torture.amount(20, 1)):
        second_runs_by_other_names(torture)
        killed_while_keeping(torture)
        stopped_before_its_text(torture)


def second_runs_by_other_names(torture):
    """Also when the first has saved, and when the second comes by a link."""
    folder = torture.folder()
    text, out = folder / "text.txt", folder / "m"
    text.write_text(PANGRAM * 12)
    (folder / "link").symlink_to("m")
    first = torture.start(
        ["train", text, *TINY, "--epochs", 1_000_000, "--save-every", 1, "--out", out],
        stdout=subprocess.DEVNULL)
    saved = wait_for(lambda: out.exists() and out.stat().st_size)
    torture.expect(saved, "a run with a save each epoch saves nothing", "lost")
    for path in out, folder / "link":
        for more in [], ["--resume"], ["--overwrite"]:
            torture.run("train", text, *QUICK, "--out", path, *more, allowed=(73,), timeout=10)
    first.terminate()
    ended(torture, first, 143, "SIGTERM to the first of two runs")
    torture.run("eval", text, "--model", out)


def killed_while_keeping(torture):
    """What a kill leaves between two steps: a second name for what stood there, and no new file.

    The next run must not take the name that charnn gave it for a stranger's hard link.
    """
    for more in [], ["--resume", "--epochs", 3], ["--overwrite"]:
        folder = torture.folder()
        model = torture.model(folder)
        os.link(model, f"{model}.~1~")
        before = model.read_bytes()
        torture.run("train", folder / "text.txt", *QUICK, "--out", model, *more)
        found = [path.read_bytes() for path in folder.iterdir() if path.name.startswith("model.~")]
        torture.expect(before in found, f"{folder}: what was kept is gone", "lost")


def stopped_before_its_text(torture):
    """A signal that comes before there is anything to train on: nothing is written."""
    folder = torture.folder()
    model = torture.model(folder)
    before = identity(model)
    process = torture.start(
        ["train", "-", *TINY, "--epochs", 9, "--out", model], stdin=subprocess.PIPE)
    torture.expect(wait_for(lambda: hidden(folder)), "no sign of a run that waits for its text")
    process.terminate()
    time.sleep(0.05)
    try:
        process.communicate((PANGRAM * 12).encode(), timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        torture.find("hangs", "SIGTERM while it waits for its text")
    except BrokenPipeError:
        process.wait()
    torture.expect(
        process.returncode == 143, f"SIGTERM while it waits for its text: {process.returncode}",
        "wrong exit codes")
    torture.expect(identity(model) == before, "a run without an update has changed a file", "lost")
    torture.expect(not hidden(folder), f"a run without an update has left {hidden(folder)}")
