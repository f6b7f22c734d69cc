"""The parts of scripts/README.md that tools write."""

from charnn_dev.console import EX_DATAERR, fail
from charnn_dev.program import SCRIPTS

README = SCRIPTS / "README.md"


class Section:
    """What stands between the lines <!-- NAME: begin --> and <!-- NAME: end -->."""

    def __init__(self, name):
        self.begin, self.end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        self.around()  # fails before hours of training

    def around(self):
        """The text up to the section, and from its end."""
        before, begin, rest = README.read_text().partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not begin or not end:
            fail(f"{README} has no lines {self.begin.strip()} and {self.end}", EX_DATAERR)
        return before + begin, end + after

    def write(self, text):
        before, after = self.around()
        README.write_text(f"{before}\n{text}\n{after}")
