"""Draws the perplexities of the recipes by epoch, beside the published ones, from kept results.

The height of a perplexity is the square root of its logarithm, the loss: the logarithm alone would
press what lies between 1 and 1.3, where most curves end, into one line.
"""

from pathlib import Path

import matplotlib
import numpy as np

from charnn_dev.console import EX_NOINPUT, Parser, fail, say
from charnn_dev.recipes import PLOT, RESULTS, distinct, results
from charnn_dev.workloads import CHINESE, ENGLISH, RECIPES

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "charnn",  # the same bytes each time
    "svg.fonttype": "none",
    "font.size": 9,
    "path.simplify_threshold": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
})
from matplotlib import pyplot  # noqa: E402 (the settings come first)

GRID = (1, 1.01, 1.1, 1.3, 2, 3, 5, 10, 30, 100, 300, 1000, 3000)
# Colours that the colour-blind can tell apart, after Okabe and Ito, and Tol, with dashes.
COLORS = "#0072b2 #d55e00 #009e73 #c9659d #000000 #d99000 #882255 #3a9fdc #777777".split()
DASHES = ("-", "--", "-", "-", ":", "-", "--", "-", "-")
LABEL_HEIGHT = 0.03  # of the axes


def height(perplexity):
    return np.sqrt(np.log(np.maximum(perplexity, 1)))


def draw_panel(axes, title, file, found):
    """The curves of one corpus."""
    names = [row.name for row in RECIPES.values() if row.file == file]
    styles = dict(zip(names, zip(COLORS, DASHES)))
    own = [result for result in found if result.row.file == file]
    ends = []
    for result in own:
        epochs, values = zip(*result.perplexities.items())
        color, dashes = styles[result.row.name]
        axes.plot(epochs, height(values), color=color, linestyle=dashes, linewidth=1.2)
        ends.append((float(height(values[-1])), epochs[-1], result.row.name, color))
    axes.set_title(f"{title}: {distinct(own, 'text', ' and ') or 'no results'}")
    axes.set_xlabel("epoch")
    axes.set_xlim(0, max((result.done["epochs"] for result in own), default=1))
    highest = max((max(result.perplexities.values()) for result in own), default=10) * 1.1
    axes.set_ylim(0, float(height(highest)))
    ticks = [value for value in GRID if value <= highest]
    axes.set_yticks(height(ticks), [f"{value:,}" for value in ticks])
    axes.grid(axis="y", color="#e0e0e0", linewidth=0.8)
    draw_published(axes, own, styles)
    draw_labels(axes, ends)


def draw_labels(axes, ends):
    """Names at the ends of the curves, moved up where they would cover each other."""
    step = LABEL_HEIGHT * axes.get_ylim()[1]
    lowest = -float("inf")
    for y, epoch, name, color in sorted(ends):
        lowest = max(y, lowest + step)
        axes.annotate(
            name, (epoch, y), (1.06, lowest), textcoords=axes.get_yaxis_transform(), color=color,
            fontsize=8, va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.6, "shrinkA": 0},
        )


def draw_published(axes, own, styles):
    """Open circles; those at the same place become rings around each other."""
    places = {}
    for result in own:
        for epoch, words in result.row.published.items():
            if epoch <= axes.get_xlim()[1]:
                place = epoch, float(words.split()[-1])
                places[place] = places.get(place, 0) + 1
                size = 3 + 3 * places[place]
                axes.plot(
                    place[0], height(place[1]), "o", fillstyle="none", markersize=size,
                    color=styles[result.row.name][0], clip_on=False, zorder=3,
                )


def main(arguments):
    parser = Parser("plots", __doc__)
    parser.add_argument("results", nargs="?", type=Path, default=RESULTS, help="(.build/recipes)")
    parser.add_argument("out", nargs="?", type=Path, default=PLOT, help="(scripts/recipes.svg)")
    options = parser.parse_args(arguments)
    found = results(options.results)
    if not found:
        fail("no row has a result: scripts/dev recipes makes some", EX_NOINPUT)
    figure, panels = pyplot.subplots(1, 2, figsize=(10, 6))
    for axes, title, file in zip(panels, ("English", "Chinese"), (ENGLISH, CHINESE)):
        draw_panel(axes, title, file, found)
    panels[0].set_ylabel("perplexity")
    note = "○ published values. The vertical axis is spaced by √(ln perplexity)."
    figure.text(0.5, 0.02, note, ha="center")
    figure.subplots_adjust(left=0.07, right=0.87, top=0.93, bottom=0.13, wspace=0.45)
    metadata = {"Date": None, "Title": "Perplexity of the recipes by epoch"}
    figure.savefig(options.out, metadata=metadata)
    say(f"the plot is {options.out}")
