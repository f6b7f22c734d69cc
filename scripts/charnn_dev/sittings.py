"""Trainings that take hours, done over several sittings.

A job is one training with what it is measured on. How far each job is stands in results.jsonl of a
folder, beside the checkpoints: a line where its training began, one for each sitting, with its
minutes, and one for the result. A job that has a result is skipped, one that was
stopped goes on from its checkpoint. Lines count only for the same text and options.
"""

import json
import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from charnn_dev import jsonlines, program
from charnn_dev.console import fail, say
from charnn_dev.program import ROOT, Failed
from charnn_dev.readme import Section
from charnn_dev.tables import joined, model_name
from charnn_dev.training import run_rows, show, train

BUILD = ROOT / ".build"
DROPOUTS = ("dropout", "recurrent-dropout")
STARTED, SITTING, DONE = "started", "sitting", "done"


@dataclass(frozen=True)
class Job:
    """A training, and the text on which the model is measured afterwards."""

    name: str  # also of the checkpoint
    text: str  # as tables name it
    corpus: Path | str  # what charnn trains on
    options: str  # of `charnn train`
    measured: Path | None = None
    evaluations: dict = field(default_factory=dict)  # options of `charnn eval`, by name
    facts: dict = field(default_factory=dict)  # kept with the result

    @property
    def identity(self):
        return {"row": self.name, "text": self.text, "options": self.options}


class Sittings:
    """Runs jobs and keeps what came of them in a folder."""

    def __init__(self, folder, threads=None, again=False):
        self.folder, self.threads, self.again = folder, threads, again
        self.path = folder / "results.jsonl"
        folder.mkdir(parents=True, exist_ok=True)

    def lines(self, job):
        lines = jsonlines.read(self.path)
        return [line for line in lines if job.identity.items() <= line.items()]

    def keep(self, job, event, **values):
        jsonlines.append(self.path, {"event": event, **job.identity, **values})

    def unfinished(self, job):
        """The lines of a training that has begun and not ended."""
        lines = []
        for line in self.lines(job):
            if line["event"] in (STARTED, DONE):
                lines = []
            if line["event"] != DONE:
                lines.append(line)
        return lines

    def result(self, job):
        """The last one; None where there is none."""
        return next((x for x in reversed(self.lines(job)) if x["event"] == DONE), None)

    def run(self, job):
        """Trains the job to its end, unless it is there, and measures the model."""
        before = [] if self.again else self.unfinished(job)
        if self.result(job) and not (before or self.again):
            return say(f"{job.name}: its result is there (--again trains it again)")
        model = self.folder / f"{job.name}.safetensors"
        goes_on = bool(before) and model.exists()
        program.path()  # built before time is measured
        if not goes_on:
            model.unlink(missing_ok=True)  # that of another training
            self.keep(job, STARTED)
        model = relative(model)
        done = self.train(job, model, ["--resume"] if goes_on else [])
        if "validation_loss" not in done:
            raise Failed(f"charnn holds nothing out of {job.text}")
        found = json.loads(program.charnn("inspect", model, "--json", cwd=ROOT))
        self.keep(
            job, DONE,
            **program.conditions(self.threads),
            minutes=sum(line.get("minutes", 0) for line in self.unfinished(job)),
            epochs=found["epochs"],
            parameters=found["parameters"],
            configuration=found["configuration"],
            loss=training_loss(done, found["history"]),
            validation_loss=done["validation_loss"],
            validation_epoch=done["validation_epoch"],
            losses=self.losses(job, model),
            **job.facts,
        )

    def threads_words(self):
        return ["--threads", str(self.threads)] if self.threads else []

    def train(self, job, model, resume):
        """The event that ends the training."""
        words = [*job.options.split(), "--sample-every", "0", *self.threads_words()]
        words += ["--out", model, *resume, "--json"]
        shown = job.text if os.path.isabs(job.corpus) else job.corpus
        begin = time.monotonic()
        try:
            return train(job.name, job.corpus, words, shown)[-1]
        finally:
            self.keep(job, SITTING, minutes=(time.monotonic() - begin) / 60)

    def losses(self, job, model):
        """Of each evaluation, in nats per character."""
        losses = {}
        for name, options in job.evaluations.items():
            text = relative(job.measured)
            words = ["eval", text, "--model", model, *options.split(), *self.threads_words()]
            words += ["--unknown", "skip", "--json"]
            show(*words)
            found = json.loads(program.charnn(*words, cwd=ROOT))
            if found["unknown"]:
                say(f"{job.name}: {found['unknown']:,} unknown characters are left out")
            losses[name] = found["loss"]
            say(f"{job.name}: loss {found['loss']:.4f}")
        return losses


def training_loss(done, history):
    """Mean training loss of the epoch in which the model that is kept was reached.

    Of the epoch before, if that one is unfinished; None if there is none before.
    """
    losses = [epoch["loss"] for epoch in history[: math.ceil(done["validation_epoch"])]]
    return losses[-1] if losses else None


def model_cell(result):
    """The model of a result, for a table."""
    options = result["configuration"]
    name = model_name(options["cell"], options["layers"], options["hidden"])
    rates = (f"{key.replace('-', ' ')} {options[key]:g}" for key in DROPOUTS if options[key])
    return ", ".join([name, *rates])


def conditions(results):
    """What the figures of a table are of."""
    return "; ".join(joined((x[key] for x in results), " and ") for key in ("charnn", "device"))


def relative(path):
    """As commands show it, which run in the repository's root."""
    return os.path.relpath(path, ROOT)


def folder(name, quick):
    path = BUILD / name
    return path / "quick" if quick else path


def run(name, options, jobs, table):
    """Does what a command line asks for: trains, and shows the table of (job, result) pairs."""
    readme = Section(name) if options.readme else None
    again = options.again or options.quick
    sittings = Sittings(folder(name, options.quick), options.threads, again)
    failed = []
    if not options.table:
        failed = run_rows(
            sittings.run, [job for job in jobs if not options.rows or job.name in options.rows])
    found = [(job, result) for job in jobs if (result := sittings.result(job))]
    if found:
        text = table(found)
        print(text, end="", flush=True)
        if readme and not failed:
            readme.write(text)
    else:
        say("no row has a result")
    if failed:
        fail(f"failed: {', '.join(failed)}", 1)
