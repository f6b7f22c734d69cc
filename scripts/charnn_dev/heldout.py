"""Trains on three texts and measures the models on the last tenth, which they have not read.

    scripts/dev heldout                         every row that has no result yet
    scripts/dev heldout timemachine shakespeare-3
    scripts/dev heldout --quick                 one epoch of the first 100,000 characters of each
    scripts/dev heldout --readme                also puts the table into scripts/README.md
    scripts/dev heldout --table                 trains nothing: the table of what is there

A row is a text and what is given to `charnn train` besides; all else charnn chooses. The model that
the checkpoint keeps is measured with `charnn eval`, as one stream, and once more with --adapt. What
came of each row is kept in .build/heldout; Ctrl-C ends a sitting, and the next one goes on.
"""

from dataclasses import dataclass

from charnn_dev import sittings
from charnn_dev.console import Parser
from charnn_dev.sittings import Job, model_cell
from charnn_dev.tables import markdown, number
from charnn_dev.texts import Corpora, prepared
from charnn_dev.workloads import by_name

QUICK_CHARACTERS = 100_000  # the shortest text of which charnn holds a part out
ADAPT = "--adapt 0.05"
HELD_OUT, ADAPTED = "held out", "adapted"


@dataclass(frozen=True)
class Row:
    name: str
    file: str
    options: str = ""


ROWS = by_name(
    Row("shakespeare-3", "tinyshakespeare.txt", "--max-minutes 3 --precision bfloat16"),
    Row("shakespeare-30", "tinyshakespeare.txt", "--max-minutes 30 --precision bfloat16"),
    Row("shakespeare", "tinyshakespeare.txt"),
    Row("timemachine", "timemachine.txt"),
    Row("warandpeace", "warandpeace.txt"),
)


def job(row, corpora, folder, quick):
    text = prepared(corpora.path(row.file), "raw", QUICK_CHARACTERS if quick else None)
    folder.mkdir(parents=True, exist_ok=True)
    held_out = folder / f"held-out-{row.file}"
    held_out.write_text(text[int(len(text) * 0.9) :])  # as charnn cuts it
    options = f"{row.options} --max-chars {QUICK_CHARACTERS} --epochs 1" if quick else row.options
    return Job(
        row.name, corpora.name(row.file), corpora.argument(row.file), options,
        held_out, {HELD_OUT: "", ADAPTED: ADAPT},
    )


def shown(loss):
    return "–" if loss is None else f"{loss:.3f}"


def cells(job, result):
    losses = result["losses"]
    figures = [result["loss"], losses[HELD_OUT], losses[ADAPTED]]
    return [
        job.text, f"`{ROWS[job.name].options}`" if ROWS[job.name].options else "",
        number(result["minutes"]), model_cell(result),
        f"{result['validation_epoch']:.3g}", *map(shown, figures),
    ]


def table(found):
    """Markdown: what the figures are of, and the figures."""
    caption = (
        f"{sittings.conditions([result for _, result in found])}. Losses in nats per character; "
        "the training loss is that of the epoch in which the best model was reached."
    )
    columns = [
        "text", "options", "minutes", "model", "best epoch", "training loss", "held-out loss",
        f"with `{ADAPT}`",
    ]
    return f"{caption}\n\n{markdown(columns, [cells(*each) for each in found], 'llrlr')}\n"


def main(arguments):
    parser = Parser("heldout", __doc__)
    parser.add_trainings(
        ROWS, quick=f"only one epoch of the first {QUICK_CHARACTERS:,} characters",
        again="train rows again that have a result",
    )
    options = parser.parse_trainings(arguments, ROWS)
    corpora, folder = Corpora(options.corpora), sittings.folder("heldout", options.quick)
    jobs = [job(row, corpora, folder, options.quick) for row in ROWS.values()]
    sittings.run("heldout", options, jobs, table)
