"""Trains the recipes that charnn grew from and compares them with what was published.

    scripts/dev recipes                  every row
    scripts/dev recipes gru zh-lstm-2    some rows
    scripts/dev recipes --quick          three epochs of each: do all commands work?
    scripts/dev recipes --speed          trains some epochs again, for the speeds: leave it alone
    scripts/dev recipes --readme         also puts the table and the plot into scripts/README.md
    scripts/dev recipes --table          trains nothing: the table of what is there

It trains each row with one plain command of charnn, which it shows, and lets the trained model
write. What the commands of a row said is kept in .build/recipes/ROW.jsonl, so that rows can be run
one at a time: the table on standard output and the plot are of all rows that have such a file.
The exit code is 1 if a row failed. The size of a perplexity fails nothing.
"""

import os
import statistics
import subprocess

from charnn_dev import jsonlines, program
from charnn_dev.console import Parser, fail, say
from charnn_dev.program import ROOT, SCRIPTS
from charnn_dev.readme import Section
from charnn_dev.tables import joined, markdown, perplexity
from charnn_dev.texts import Corpora
from charnn_dev.training import run_rows, show, train
from charnn_dev.workloads import ENGLISH, RECIPES

PLOT = SCRIPTS / "recipes.svg"
RESULTS = ROOT / ".build/recipes"
QUICK_EPOCHS, SPEED_EPOCHS = 3, 10
COLUMNS = [
    "row", "model", "epoch", "published perplexity", "charnn's perplexity", "published speed",
    "charnn's characters per second",
]


class Runner:
    """Runs the commands of rows and keeps what they say in a folder."""

    def __init__(self, corpora, folder, quick, threads):
        self.corpora, self.folder, self.quick, self.threads = corpora, folder, quick, threads
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, row):
        """Trains the row and predicts; its file appears when both have ended well."""
        epochs = QUICK_EPOCHS if self.quick else row.epochs
        out = os.path.relpath(self.folder / f"{row.name}.safetensors", ROOT)
        events = [self.conditions(row), *self.train(row, out, epochs), self.predict(row, out)]
        self.keep(row, events)

    def measure_speed(self, row):
        """Adds to what is kept of the row how fast its first epochs are."""
        out = os.path.relpath(self.folder / "speed.safetensors", ROOT)
        epochs = [e for e in self.train(row, out, SPEED_EPOCHS) if e["event"] == "epoch"]
        medians = {
            key: statistics.median(epoch[key] for epoch in epochs)
            for key in ("chars_per_second", "seconds")
        }
        _, *events = jsonlines.read(self.folder / f"{row.name}.jsonl")
        kept = [event for event in events if event["event"] != "speed"]
        self.keep(row, [self.conditions(row), *kept, {"event": "speed", **medians}])

    def keep(self, row, events):
        partial = self.folder / f"{row.name}.jsonl.partial"
        partial.write_text(jsonlines.text(events))
        partial.replace(self.folder / f"{row.name}.jsonl")

    def conditions(self, row):
        """Kept with the result, because that of the next row may be from another machine."""
        text = self.corpora.name(row.file)
        return {"event": "recipe", "text": text, **program.conditions(self.threads)}

    def train(self, row, out, epochs):
        """The events of the training."""
        words = [*row.train_options(), "--epochs", str(epochs), "--seed", "1", "--sample-every"]
        words += ["10" if epochs == row.epochs else "0"]
        words += ["--threads", str(self.threads)] if self.threads else []
        words += ["--out", out, "--json"]
        name = self.corpora.name(row.file)
        return train(row.name, self.corpora.argument(row.file), words, shown=name)

    def predict(self, row, out):
        """What the trained model continues, or fills in."""
        words = ["predict", *self.prompt(row), "--model", out]
        show(*words)
        text = program.charnn(*words, cwd=ROOT).rstrip("\n")
        say(text)
        return {"event": "predict", "prompt": words[-3], "text": text}

    def prompt(self, row):
        if row.file == ENGLISH:
            return ["time traveller"]
        start = self.corpora.path(row.file).read_text()[:20].replace("\n", " ")
        if row.name != "zh-cloze":
            return [start[:5]]
        gaps = ("_" if index % 4 == 3 else character for index, character in enumerate(start))
        return ["--fill", "".join(gaps)]


class Result:
    """What the file of a row says."""

    def __init__(self, row, path):
        self.row = row
        self.conditions, *events = jsonlines.read(path)
        self.done = next(event for event in events if event["event"] == "done")
        epochs = [event for event in events if event["event"] == "epoch"]
        self.perplexities = {event["epoch"]: event["perplexity"] for event in epochs}
        measured = next((event for event in events if event["event"] == "speed"), None)
        seconds = statistics.mean(event["seconds"] for event in epochs)
        self.seconds = measured["seconds"] if measured else seconds
        self.speed = (measured or self.done)["chars_per_second"]

    def cells(self):
        row, last = self.row, self.done["epochs"]
        shown = [epoch for epoch in row.shown if epoch < last] + [last]
        own = by_epoch({epoch: perplexity(self.perplexities[epoch]) for epoch in shown})
        speed = f"{self.speed:,.0f}"
        if "s/epoch" in row.published_speed:  # comparable with what was published
            speed += f" ({self.seconds:.2f} s/epoch)"
        published = by_epoch(row.published)
        return row.name, row.model, str(last), published, own, row.published_speed, speed


def results(folder):
    """Those that are there, in the order of the rows."""
    paths = ((row, folder / f"{row.name}.jsonl") for row in RECIPES.values())
    return [Result(row, path) for row, path in paths if path.is_file()]


def by_epoch(texts):
    """`40: 1.016 · 80: 1.011`; a single value without its epoch, which is the last."""
    if len(texts) == 1:
        return next(iter(texts.values()))
    return " · ".join(f"{epoch}: {text}" for epoch, text in texts.items()) or "–"


def distinct(results, key, separator):
    return joined((result.conditions[key] for result in results), separator)


def table(results):
    """Markdown: what the figures are of, and the figures."""
    texts = distinct(results, "text", " and ")
    caption = (
        f"{distinct(results, 'charnn', ' and ')}, {distinct(results, 'device', '; ')}; the first "
        f"10,000 characters of {texts}. Perplexities are by epoch, or the last. The published "
        "ones of the zh rows are of another Chinese text of that length; zh-cloze has a "
        "pseudo-perplexity."
    )
    if "@" in texts:
        caption += " Texts with an @ are built into charnn and stand in for those of the recipes."
    rows = [result.cells() for result in results]
    return f"{caption}\n\n{markdown(COLUMNS, rows, 'llrl')}\n"


def report(folder, readme):
    """Prints the table; given its section of the README, also writes that, and draws the plot."""
    found = results(folder)
    if not found:
        return say("no row has a result")
    print(table(found), end="", flush=True)
    if readme:
        readme.write(f"{table(found)}\n![Perplexity of the recipes by epoch]({PLOT.name})\n")
        subprocess.run([SCRIPTS / "dev", "plots", folder, PLOT], check=True)


def parse(arguments):
    parser = Parser("recipes", __doc__)
    parser.add_trainings(
        RECIPES, quick=f"only {QUICK_EPOCHS} epochs of each row",
        speed="measure the speeds of what was trained again",
    )
    return parser.parse_trainings(arguments, RECIPES)


def main(arguments):
    options = parse(arguments)
    readme = Section("recipes") if options.readme else None  # may fail: before hours of training
    folder = RESULTS / "quick" if options.quick else RESULTS
    failed = []
    if not options.table:
        runner = Runner(Corpora(options.corpora), folder, options.quick, options.threads)
        names = list(dict.fromkeys(options.rows)) or list(RECIPES)
        work = runner.measure_speed if options.speed else runner.run
        failed = run_rows(work, [RECIPES[name] for name in names])
    report(folder, None if failed else readme)
    if failed:
        fail(f"failed: {', '.join(failed)}", 1)
