"""Trains with charnn, and says how that gets on."""

import math
import shlex
import time

from charnn_dev import program
from charnn_dev.console import CLEAR, say
from charnn_dev.program import ROOT, Failed
from charnn_dev.tables import perplexity

PROGRESS_SECONDS = 2


def show(*words):
    say(f"charnn {shlex.join(map(str, words))}")


def summary(event):
    """Of an epoch, or of a training, which a time limit may end before its first epoch ends."""
    parts = []
    if "perplexity" in event:
        parts.append(f"perplexity {perplexity(event['perplexity'])}")
    if "validation_loss" in event:
        parts.append(f"held-out loss {event['validation_loss']:.3f}")
    return ", ".join([*parts, f"{event['chars_per_second']:,.0f} characters per second"])


def train(name, text, words, shown):
    """The events of `charnn train TEXT WORDS`, whose command has `shown` in place of the text."""
    show("train", shown, *words)
    events, said = [], 0.0
    for event in program.events("train", text, *words, cwd=ROOT):
        events.append(event)
        if CLEAR and event["event"] == "epoch" and time.monotonic() > said + PROGRESS_SECONDS:
            said = time.monotonic()
            say(f"{name}: epoch {event['epoch']}, {summary(event)}", end="")
    if not events or events[-1]["event"] != "done":
        raise Failed("charnn train ends without the event 'done'")
    last = events[-1].get("perplexity", 1)
    if not math.isfinite(last):
        raise Failed(f"the last perplexity is {last}")
    say(f"{name}: {summary(events[-1])}")
    return events


def run_rows(work, rows):
    """The names of those that failed."""
    failed = []
    for row in rows:
        try:
            work(row)
        # A missing file, or not the JSON expected, is also the row's failure.
        except (Failed, OSError, ValueError, KeyError) as error:
            say(f"{row.name} failed: {error if isinstance(error, Failed) else repr(error)}")
            failed.append(row.name)
    return failed
