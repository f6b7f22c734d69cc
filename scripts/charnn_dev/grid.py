"""Trains eight models for some minutes each on a text, and the one that charnn chooses itself.

    scripts/dev grid tinyshakespeare.txt --minutes 3
    scripts/dev grid TEXT --minutes 30 --model="--layers 1 --hidden 512" --model="--cell gru"
    scripts/dev grid TEXT --minutes 3 --table     trains nothing: the table of what is there

A model is a string of options for `charnn train`, besides --max-minutes; what it leaves out charnn
chooses. The table says how far each is above the best held-out loss. What came of the trainings is
kept in .build/grid, for any number of texts, minutes and models; Ctrl-C ends a sitting, and the
next one goes on.
"""

import re

from charnn_dev import sittings
from charnn_dev.console import Parser
from charnn_dev.sittings import Job, model_cell
from charnn_dev.tables import markdown
from charnn_dev.texts import Corpora

MODELS = (
    "--layers 1 --hidden 128",
    "--layers 1 --hidden 256",
    "--layers 1 --hidden 512",
    "--layers 2 --hidden 128",
    "--layers 2 --hidden 256",
    "--layers 2 --hidden 384",
    "--layers 2 --hidden 512",
    "--layers 3 --hidden 256",
)
OWN_CHOICE = ""


def job(model, options, corpora):
    limit = f"--max-minutes {options.minutes:g}"
    words = f"{options.text} {limit} {model}"
    name = re.sub(r"[^\w.]+", "-", words.rpartition("/")[2]).strip("-")
    text = corpora.name(options.text)
    return Job(name, text, corpora.argument(options.text), f"{limit} {model}".rstrip())


def table(found):
    """Markdown: what the figures are of, and the figures."""
    results = [result for _, result in found]
    best = min(result["validation_loss"] for result in results)
    rows = []
    for job, result in found:
        _, minutes, *model = job.options.split()
        loss = result["validation_loss"]
        figure = f"**{loss:.3f}**" if loss == best else f"{loss:.3f}"
        rows.append([
            f"`{' '.join(model)}`" if model else "charnn's own choice", model_cell(result),
            f"{result['validation_epoch']:.3g}", figure, f"{loss - best:.3f}",
        ])
    caption = (
        f"{sittings.conditions(results)}; {found[0][0].text}, {minutes} minutes. Losses in nats "
        "per character of the held-out text, in as many streams as the batch has."
    )
    columns = ["options", "model", "best epoch", "held-out loss", "above the best"]
    return f"{caption}\n\n{markdown(columns, rows, 'llr')}\n"


def main(arguments):
    parser = Parser("grid", __doc__)
    parser.add_argument("text", metavar="TEXT", help="a file, or the name of a corpus")
    parser.add_argument("--minutes", type=float, required=True, help="of each training")
    parser.add_argument(
        "--model", action="append", metavar="OPTIONS",
        help=f"may be given several times ({len(MODELS)} models)",
    )
    parser.add_corpora()
    parser.add_threads()
    parser.add_flags(again="train again what has a result", table="train nothing")
    parser.set_defaults(rows=[], quick=False, readme=False)
    options = parser.parse_args(arguments)
    corpora = Corpora(options.corpora)
    models = [*(options.model or MODELS), OWN_CHOICE]
    sittings.run("grid", options, [job(model, options, corpora) for model in models], table)
