"""Runs that meet at one output, and runs that were stopped at a bad moment."""

import os
import subprocess
import time

from charnn_dev.torture.support import TINY, hidden, identity, wait_for


def runs(torture):
    for _ in range(torture.amount(20, 1)):
        second_runs_by_other_names(torture)
        killed_while_keeping(torture)
        stopped_before_its_text(torture)


def second_runs_by_other_names(torture):
    """Also when the first has saved, and when the second comes by a link."""
    folder = torture.folder()
    text, out, link = folder / "text.txt", folder / "m", folder / "link"
    link.symlink_to("m")
    endless = ["--epochs", 1_000_000, "--save-every", 1, "--out", out]
    first = torture.start(["train", text, *TINY, *endless], stdout=subprocess.DEVNULL)
    saved = wait_for(lambda: out.exists() and out.stat().st_size)
    torture.expect(saved, "a run with a save each epoch saves nothing", "lost")
    for path in out, link:
        for more in [], ["--resume"], ["--overwrite"]:
            torture.train(path, *more, allowed=(73,), timeout=10)
    first.terminate()
    torture.ended(first, 143, "SIGTERM to the first of two runs")
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
        torture.train(model, *more)
        found = [path.read_bytes() for path in folder.glob("model.~*")]
        torture.expect(before in found, f"{folder}: what was kept is gone", "lost")


def stopped_before_its_text(torture):
    """A signal that comes before there is anything to train on: nothing is written."""
    folder = torture.folder()
    model = torture.model(folder)
    before, text = identity(model), (folder / "text.txt").read_bytes()
    words = ["train", "-", *TINY, "--epochs", 9, "--out", model]
    process = torture.start(words, stdin=subprocess.PIPE)
    torture.expect(wait_for(lambda: hidden(folder)), "no sign of a run that waits for its text")
    process.terminate()
    time.sleep(0.05)
    torture.ended(process, 143, "SIGTERM while it waits for its text", text)
    torture.expect(identity(model) == before, "a run without an update has changed a file", "lost")
    torture.expect(not hidden(folder), f"a run without an update has left {hidden(folder)}")
