"""Trains the recipes that charnn grew from and compares them with what was published.

    scripts/recipes                  every row
    scripts/recipes gru zh-lstm-2    some rows
    scripts/recipes --quick          three epochs of each: do all commands work?
    scripts/recipes --speed          trains some epochs again, for the speeds: leave it alone
    scripts/recipes --readme         also puts the table and the plot into README.md
    scripts/recipes --table          trains nothing: the table and the plot of what is there

It trains each row with one plain command of charnn, which it shows, and lets the trained model
write. What the commands of a row said is kept in .build/recipes/ROW.jsonl, so that rows can be run
one at a time: the table on standard output and the plot are of all rows that have such a file.
The exit code is 1 if a row failed. The size of a perplexity fails nothing.
"""

import argparse
import json
import math
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from bench_processes import cores, processor

ROOT = Path(__file__).resolve().parent.parent
README, README_PLOT = ROOT / "README.md", ROOT / "scripts/recipes.svg"
BEGIN, END = "<!-- recipes: begin -->\n", "<!-- recipes: end -->"
EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_INTERRUPTED = 64, 65, 66, 130
QUICK_EPOCHS, SPEED_EPOCHS = 3, 10
PROGRESS_SECONDS = 2
# What overwrites the line of a terminal; elsewhere there is no progress to overwrite.
CLEAR = "\r\x1b[K" if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else ""


# The rows


@dataclass(frozen=True)
class Corpus:
    """A text of the recipes, and what all rows that are trained on it have in common."""

    title: str
    file: str
    built_in: str  # serves where there is no file
    text: str  # letters or flat, as `charnn train --text`
    clip: float
    epochs: int
    shown: tuple  # the epochs whose perplexities are in the table


ENGLISH = Corpus(
    "English", "timemachine.txt", "time_traveller", "letters", 1, 500, (100, 200, 300, 500)
)
CHINESE = Corpus(
    "Chinese", "hongloumeng.txt", "lyrics_zh", "flat", 0.01, 160, (40, 80, 120, 160)
)


@dataclass(frozen=True)
class Row:
    """A recipe: a model, how it is trained, and what was published about it."""

    name: str
    corpus: Corpus
    cell: str
    layers: int
    hidden: int
    init: str
    optimizer: str
    rate: float
    published: dict  # perplexity by epoch, as its author wrote it
    speed: str
    options: str = ""  # others of `charnn train`
    remark: str = ""  # what they say, for the table

    @property
    def model(self):
        size = f"{self.cell.upper()} {self.layers} x {self.hidden}"
        return f"{size}, {self.remark}" if self.remark else size

    def train_words(self, text, out, epochs, threads):
        """The arguments of charnn: text, model, optimiser, batches, run, output."""
        sample_every = 10 if epochs == self.corpus.epochs else 0
        options = (
            f"--text {self.corpus.text} --max-chars 10000 --cell {self.cell} "
            f"--layers {self.layers} --hidden {self.hidden} {self.options} --init {self.init} "
            f"--optimizer {self.optimizer} --lr {self.rate} --clip {self.corpus.clip} "
            f"--batch 32 --steps 35 --epochs {epochs} --seed 1 --sample-every {sample_every}"
        )
        more = ["--threads", str(threads)] if threads else []
        return ["train", str(text), *options.split(), *more, "--out", str(out), "--json"]


def quarters(*values):
    return dict(zip(CHINESE.shown, values))


# fmt: off
ROWS = {row.name: row for row in (
    Row("rnn-scratch", ENGLISH, "rnn", 1, 512, "normal", "sgd", 1, {500: "1.0"}, "CUDA"),
    Row("rnn-random", ENGLISH, "rnn", 1, 512, "normal", "sgd", 1, {500: "about 1.3"}, "CUDA",
        "--sampling random", "random sampling"),
    Row("rnn-concise", ENGLISH, "rnn", 1, 256, "uniform", "sgd", 1, {500: "about 1.3"}, "CUDA"),
    Row("rnn-deep", ENGLISH, "rnn", 2, 512, "normal", "sgd", 1, {500: "1.0"}, "63,514 CUDA"),
    Row("gru", ENGLISH, "gru", 1, 256, "uniform", "sgd", 2, {500: "1.0"}, "230,591 CUDA"),
    Row("lstm-deep", ENGLISH, "lstm", 2, 256, "uniform", "sgd", 2, {500: "1.0"},
        "116,174 and 161,938 CUDA"),
    Row("zh-gru-scratch", CHINESE, "gru", 1, 256, "normal", "sgd", 100,
        {40: "149.27", 160: "1.427"}, "1.16 s/epoch CPU", "--gru-reset after"),
    Row("zh-gru", CHINESE, "gru", 1, 256, "uniform", "adam", 0.01,
        quarters("1.016", "1.011", "1.011", "1.058"), "0.92 s/epoch"),
    Row("zh-lstm-scratch", CHINESE, "lstm", 1, 256, "normal", "sgd", 100,
        quarters("211.46", "68.46", "15.03", "3.897"), "1.50 s/epoch CPU"),
    Row("zh-lstm", CHINESE, "lstm", 1, 256, "uniform", "adam", 0.01,
        quarters("1.0199", "1.0131", "1.0103", "1.0090"), "1.02 s/epoch"),
    Row("zh-lstm-2", CHINESE, "lstm", 2, 256, "uniform", "adam", 0.01,
        quarters("12.84", "1.248", "1.022", "1.016"), "1.53 s/epoch"),
    # Published as a stack that never learns; the row after it is what charnn makes of six layers.
    Row("zh-lstm-6", CHINESE, "lstm", 6, 256, "uniform", "adam", 0.01,
        quarters("276.8", "276.3", "276.1", "275.7"), "8.5 s/epoch",
        "--no-residual --forget-bias 0"),
    Row("zh-lstm-6-residual", CHINESE, "lstm", 6, 256, "uniform", "adam", 0.01, {}, "–",
        remark="residual"),
    Row("zh-gru-bi", CHINESE, "gru", 1, 128, "uniform", "adam", 0.01,
        quarters("1.0017", "1.0005", "1.0003", "1.0002"), "0.91 s/epoch",
        "--bidirectional", "bidirectional"),
    Row("zh-cloze", CHINESE, "gru", 1, 128, "uniform", "adam", 0.01, {}, "–",
        "--objective cloze", "cloze"),
)}
# fmt: on


# Running them


def say(message):
    print(f"{CLEAR}recipes: {message}", file=sys.stderr, flush=True)


def fail(message, status):
    say(message)
    sys.exit(status)


class Texts:
    """Where the texts are: in a folder, or built into charnn."""

    def __init__(self, folder):
        default = ROOT.parent / "shared/corpora"
        self.folder = folder or (default if default.is_dir() else None)
        if self.folder is None:
            say("no corpora: the texts built into charnn serve in their place")
        for corpus in (ENGLISH, CHINESE):
            if not self.path(corpus).is_file():
                fail(f"{self.path(corpus)} is missing", EX_NOINPUT)

    def path(self, corpus):
        if self.folder is None:
            return ROOT / f"corpora/{corpus.built_in}.txt"
        return self.folder.resolve() / corpus.file

    def name(self, corpus):
        """As it is shown: a file without the folders of this machine."""
        return corpus.file if self.folder else f"@{corpus.built_in}"

    def predict_words(self, row):
        """The arguments of charnn for what the trained model is to continue, or to fill in."""
        if row.corpus is ENGLISH:
            return ["predict", "time traveller"]
        start = self.path(row.corpus).read_text(encoding="utf-8")[:20].replace("\n", " ")
        if row.name != "zh-cloze":
            return ["predict", start[:5]]
        gaps = ("_" if index % 4 == 3 else character for index, character in enumerate(start))
        return ["predict", "--fill", "".join(gaps)]


class RowFailed(Exception):
    """charnn failed, or said what it should not; the other rows go on."""


def output_lines(words):
    """Standard output of a command while it runs. What it says besides is shown if it fails."""
    with tempfile.TemporaryFile("w+") as errors:
        pipe = subprocess.PIPE
        with subprocess.Popen(words, cwd=ROOT, stdout=pipe, stderr=errors, text=True) as process:
            yield from process.stdout
        if process.returncode != 0:
            errors.seek(0)
            message = errors.read().strip()
            raise RowFailed(f"charnn {words[1]} exits with {process.returncode}\n{message}")


class Charnn:
    """Runs the commands of rows and keeps what they say in a folder."""

    def __init__(self, program, texts, folder, quick, threads):
        self.program, self.texts, self.folder = program, texts, folder
        self.quick, self.threads = quick, threads
        self.version = "".join(output_lines([program, "--version"])).strip()
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, row):
        """Trains the row and predicts; its file appears when both have ended well."""
        out = os.path.relpath(self.folder / f"{row.name}.safetensors", ROOT)
        epochs = QUICK_EPOCHS if self.quick else row.corpus.epochs
        events = [self.conditions(row), *self.train(row, out, epochs), self.predict(row, out)]
        self.keep(row, events)

    def measure_speed(self, row):
        """Adds to what is kept of the row how fast its first epochs are."""
        out = os.path.relpath(self.folder / "speed.safetensors", ROOT)
        epochs = [e for e in self.train(row, out, SPEED_EPOCHS) if e["event"] == "epoch"]
        seconds = statistics.median(epoch["seconds"] for epoch in epochs)
        speed = statistics.median(epoch["chars_per_second"] for epoch in epochs)
        path = self.folder / f"{row.name}.jsonl"
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        events[0] = self.conditions(row)
        kept = [event for event in events if event["event"] != "speed"]
        self.keep(row, [*kept, {"event": "speed", "chars_per_second": speed, "seconds": seconds}])

    def keep(self, row, events):
        partial = self.folder / f"{row.name}.jsonl.partial"
        lines = (json.dumps(event, ensure_ascii=False) + "\n" for event in events)
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(self.folder / f"{row.name}.jsonl")

    def conditions(self, row):
        """Kept with the result, because that of the next row may be from another machine."""
        count = self.threads or cores()
        return {
            "event": "recipe",
            "text": self.texts.name(row.corpus),
            "charnn": self.version,
            "device": f"{processor()}, {count} thread{'s' if count > 1 else ''}",
        }

    def train(self, row, out, epochs):
        """The events of the training."""
        text = self.texts.name(row.corpus)
        self.show(row.train_words(text, out, epochs, self.threads))
        argument = self.texts.path(row.corpus) if self.texts.folder else text
        words = [self.program, *row.train_words(argument, out, epochs, self.threads)]
        events, shown = [], 0.0
        for line in output_lines(words):
            events.append(event := json.loads(line))
            if CLEAR and event["event"] == "epoch" and time.monotonic() > shown + PROGRESS_SECONDS:
                shown = time.monotonic()
                progress = f"{CLEAR}{row.name}: epoch {event['epoch']}, {summary(event)}"
                print(progress, end="", file=sys.stderr, flush=True)
        if not events or events[-1]["event"] != "done":
            raise RowFailed("charnn train ends without the event 'done'")
        if not math.isfinite(events[-1]["perplexity"]):
            raise RowFailed(f"the last perplexity is {events[-1]['perplexity']}")
        say(f"{row.name}: {summary(events[-1])}")
        return events

    def predict(self, row, out):
        words = [*self.texts.predict_words(row), "--model", out]
        self.show(words)
        text = "".join(output_lines([self.program, *words])).rstrip("\n")
        print(text, file=sys.stderr, flush=True)
        return {"event": "predict", "prompt": words[-3], "text": text}

    def show(self, words):
        print(f"charnn {shlex.join(words)}", file=sys.stderr, flush=True)


def summary(event):
    speed = f"{event['chars_per_second']:,.0f} characters per second"
    return f"perplexity {perplexity_text(event['perplexity'])}, {speed}"


def run_rows(work, names):
    """The names of those that failed."""
    failed = []
    for name in names:
        try:
            work(ROWS[name])
        # A missing file, or not the JSON expected, is also the row's failure.
        except (RowFailed, OSError, ValueError, KeyError) as error:
            say(f"{name} failed: {error if isinstance(error, RowFailed) else repr(error)}")
            failed.append(name)
    return failed


# The table


class Result:
    """What the file of a row says."""

    def __init__(self, row, path):
        self.row = row
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        self.conditions = events[0]
        self.done = next(event for event in events if event["event"] == "done")
        self.epochs = [event for event in events if event["event"] == "epoch"]
        self.perplexities = {event["epoch"]: event["perplexity"] for event in self.epochs}
        measured = next((event for event in events if event["event"] == "speed"), None)
        seconds = statistics.mean(event["seconds"] for event in self.epochs)
        self.seconds = measured["seconds"] if measured else seconds
        self.speed = (measured or self.done)["chars_per_second"]

    def cells(self):
        row, last = self.row, self.done["epochs"]
        shown = [epoch for epoch in row.corpus.shown if epoch < last] + [last]
        own = by_epoch({epoch: perplexity_text(self.perplexities[epoch]) for epoch in shown})
        speed = f"{self.speed:,.0f}"
        if "s/epoch" in row.speed:  # comparable with what was published
            speed += f" ({self.seconds:.2f} s/epoch)"
        return row.name, row.model, str(last), by_epoch(row.published), own, row.speed, speed


def load(folder):
    """The results that are there, in the order of the rows."""
    paths = ((row, folder / f"{row.name}.jsonl") for row in ROWS.values())
    return [Result(row, path) for row, path in paths if path.is_file()]


def perplexity_text(value):
    """With as many decimals as say something: of a text known by heart, four."""
    return f"{value:.{4 if value < 1.1 else 3 if value < 10 else 2 if value < 100 else 1}f}"


def by_epoch(texts):
    """`40: 1.016 · 80: 1.011`; a single value without its epoch, which is the last."""
    if len(texts) == 1:
        return next(iter(texts.values()))
    return " · ".join(f"{epoch}: {text}" for epoch, text in texts.items()) or "–"


def distinct(results, key, separator):
    return separator.join(dict.fromkeys(result.conditions[key] for result in results))


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
    columns = "row | model | epoch | published perplexity | charnn's perplexity | published speed"
    lines = [[columns, "charnn's characters per second"], ["---", "---", "---:", *["---"] * 4]]
    lines += [result.cells() for result in results]
    return "\n".join([caption, "", *(f"| {' | '.join(cells)} |" for cells in lines)]) + "\n"


def readme_parts(path):
    """What stands before and after the table."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        fail(f"{path.name} has no lines {BEGIN.strip()} and {END}", EX_DATAERR)
    return before + BEGIN, END + after


# The plot

GRID = (1, 1.01, 1.1, 1.3, 2, 3, 5, 10, 30, 100, 300, 1000, 3000)
EPOCH_STEPS = (1, 2, 5, 10, 20, 40, 50, 100)
# Colours that the colour-blind can tell apart, after Okabe and Ito, and Tol, with dashes.
COLORS = "#0072b2 #d55e00 #009e73 #c9659d #000000 #d99000 #882255 #3a9fdc #777777".split()
DASHES = ("none", "7 3", "none", "none", "2 2", "none", "7 3", "none", "none")
DARK, LIGHT = "#333333", "#e0e0e0"


def text(x, y, content, anchor="middle", size=11, color=DARK):
    attributes = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}"'
    return f"<text {attributes}>{escape(content)}</text>"


def line(x1, y1, x2, y2, color):
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{color}"/>'


def circle(x, y, radius, color, width=1.5):
    style = f'fill="none" stroke="{color}" stroke-width="{width}"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {style}/>'


class Panel:
    """The curves of one corpus.

    The height of a perplexity is the square root of its logarithm, the loss: the logarithm alone
    would press what lies between 1 and 1.3, where most curves end, into one line.
    """

    WIDTH, TOP, BOTTOM, LABEL_HEIGHT = 288, 44, 474, 14

    def __init__(self, left, corpus, results):
        self.left, self.right = left, left + self.WIDTH
        names = [row.name for row in ROWS.values() if row.corpus is corpus]
        self.colors, self.dashes = dict(zip(names, COLORS)), dict(zip(names, DASHES))
        self.results = [result for result in results if result.row.corpus is corpus]
        self.title = f"{corpus.title}: {distinct(self.results, 'text', ' and ') or 'no results'}"
        self.epochs = max((result.done["epochs"] for result in self.results), default=1)
        values = [value for result in self.results for value in result.perplexities.values()]
        self.highest = min(1.1 * max(values, default=10), GRID[-1])

    def x(self, epoch):
        return self.left + self.WIDTH * epoch / self.epochs

    def y(self, perplexity):
        share = math.log(min(perplexity, self.highest)) / math.log(self.highest)
        return self.BOTTOM - (self.BOTTOM - self.TOP) * math.sqrt(share)

    def draw(self):
        curves = [self.curve(result) for result in self.results]
        return [*self.axes(), *self.labels(), *curves, *self.published()]

    def axes(self):
        center = (self.left + self.right) / 2
        yield text(center, 26, self.title, size=13)
        for value in GRID:
            if value <= self.highest:
                y = self.y(value)
                yield line(self.left, y, self.right, y, DARK if value == 1 else LIGHT)
                yield text(self.left - 6, y + 4, f"{value:,}", "end")
        step = next((step for step in EPOCH_STEPS if self.epochs <= 5 * step), self.epochs)
        for epoch in range(0, self.epochs + 1, step):
            yield line(self.x(epoch), self.BOTTOM, self.x(epoch), self.BOTTOM + 4, DARK)
            yield text(self.x(epoch), self.BOTTOM + 21, str(epoch))
        yield text(center, self.BOTTOM + 42, "epoch", size=12)

    def curve(self, result):
        name = result.row.name
        points = (f"{self.x(e):.1f},{self.y(p):.1f}" for e, p in result.perplexities.items())
        style = f'stroke="{self.colors[name]}" stroke-dasharray="{self.dashes[name]}"'
        shape = f'fill="none" stroke-width="1.6" points="{" ".join(points)}"'
        return f'<polyline {style} stroke-linejoin="round" {shape}/>'

    def labels(self):
        """Names at the ends of the curves, moved up where they would cover each other."""
        ends = []
        for result in self.results:
            epoch, perplexity = max(result.perplexities.items())
            ends.append((self.y(perplexity), self.x(epoch), result.row.name))
        lowest = self.BOTTOM + 4
        for y, x, name in sorted(ends, reverse=True):
            label_y = min(y, lowest)
            lowest = label_y - self.LABEL_HEIGHT
            yield line(x + 2, y, self.right + 18, label_y, self.colors[name])
            yield text(self.right + 22, label_y + 4, name, "start", color=self.colors[name])

    def published(self):
        """Open circles; those at the same place become rings around each other.

        Under all of them lie white ones, which set them off from curves of their own color.
        """
        places, circles = [], []
        for result in self.results:
            for epoch, words in result.row.published.items():
                if epoch <= self.epochs:
                    place = self.x(epoch), self.y(float(words.split()[-1]))
                    radius = 3.5 + 2 * sum(math.dist(place, other) < 1 for other in places)
                    places.append(place)
                    circles.append((*place, radius, self.colors[result.row.name]))
        yield from (circle(x, y, radius, "#ffffff", 3.5) for x, y, radius, _ in circles)
        yield from (circle(*parts) for parts in circles)


def plot(results):
    """An SVG with a panel for each corpus, as they differ in epochs and in size of vocabulary."""
    size, box = 'width="900" height="560"', 'viewBox="0 0 900 560"'
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} font-family="sans-serif">'
    note = "published values. The vertical axis is spaced by √(ln perplexity)."
    parts = [
        "<title>Perplexity of the recipes by epoch</title>",
        f'<rect {size} fill="#ffffff"/>',
        f'<g transform="translate(16 259) rotate(-90)">{text(0, 0, "perplexity", size=12)}</g>',
        *Panel(58, ENGLISH, results).draw(),
        *Panel(474, CHINESE, results).draw(),
        circle(270, 540, 3.5, DARK),
        text(280, 544, note, "start"),
    ]
    return "\n".join([begin, *parts, "</svg>\n"])


# The command line


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(f"{message}\n{self.format_usage().rstrip()}", EX_USAGE)


def parse(arguments):
    parser = Parser(
        prog="scripts/recipes",
        description="Trains the recipes that charnn grew from, beside what was published.",
        epilog="CHARNN in the environment names a charnn to use instead of building it.",
    )
    flag = {"action": "store_true"}
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(ROWS)}; all if none")
    parser.add_argument(
        "--corpora", type=Path, metavar="FOLDER", help="the texts (../shared/corpora if there)"
    )
    parser.add_argument("--quick", help=f"only {QUICK_EPOCHS} epochs of each row", **flag)
    parser.add_argument("--speed", help="measure the speeds of what was trained again", **flag)
    parser.add_argument("--threads", type=int, metavar="N", help="of charnn (all cores)")
    parser.add_argument("--readme", help="put the table and the plot into README.md", **flag)
    parser.add_argument("--table", help="train nothing", **flag)
    options = parser.parse_args(arguments)
    for name in options.rows:
        if name not in ROWS:
            parser.error(f"{name}: the rows are {', '.join(ROWS)}")
    if options.quick and options.readme:
        parser.error("--quick never writes the README")
    if options.table and options.rows:
        parser.error("--table is of all rows that have a result: name none")
    return options


def report(folder, readme):
    """Prints the table and writes the plot; given the README around the table, also that."""
    results = load(folder)
    if not results:
        return say("no row has a result")
    markdown, path = table(results), README_PLOT if readme else folder / "recipes.svg"
    print(markdown, end="", flush=True)
    path.write_text(plot(results), encoding="utf-8")
    say(f"the plot is {os.path.relpath(path)}")
    if readme:
        link = f"![Perplexity of the recipes by epoch]({path.relative_to(ROOT)})"
        README.write_text(f"{readme[0]}\n{markdown}\n{link}\n\n{readme[1]}", encoding="utf-8")


def main(arguments, folder=ROOT / ".build/recipes"):
    options = parse(arguments)
    readme = readme_parts(README) if options.readme else None  # may fail: before hours of training
    folder = folder / "quick" if options.quick else folder
    failed = []
    if not options.table:
        program = shutil.which(os.environ.get("CHARNN", ROOT / ".build/release/charnn"))
        if not program:
            fail("there is no such program as CHARNN names", EX_NOINPUT)
        texts = Texts(options.corpora)
        charnn = Charnn(os.path.abspath(program), texts, folder, options.quick, options.threads)
        names = list(dict.fromkeys(options.rows)) or list(ROWS)
        failed = run_rows(charnn.measure_speed if options.speed else charnn.run, names)
    report(folder, None if failed else readme)
    if failed:
        fail(f"failed: {', '.join(failed)}", 1)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        fail("interrupted", EX_INTERRUPTED)
