"""Tables in Markdown, and the numbers in them."""


def markdown(columns, rows, alignment="lr"):
    """The alignment has a letter a column, l or r; the last one is that of all further columns."""
    letters = alignment.ljust(len(columns), alignment[-1])
    marks = ["---:" if letter == "r" else "---" for letter in letters]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [columns, marks, *rows])


def joined(values, separator):
    """Each value once."""
    return separator.join(dict.fromkeys(values))


def model_name(cell, layers, hidden):
    return f"{cell.upper()} {layers} x {hidden}"


def number(value):
    """With separators and three digits that say something: 38,123 but 4.76."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def perplexity(value):
    """With as many decimals as say something: of a text known by heart, four."""
    return f"{value:.{4 if value < 1.1 else 3 if value < 10 else 2 if value < 100 else 1}f}"


def learned(epoch, epochs):
    return str(epoch) if epoch else f"not in {epochs}"
