"""Kills trainings at random moments: the checkpoint must be whole, and the resumed run must end with
the bytes of one that was never killed."""

import random
import signal
import time

CONFIGURATIONS = [
    "--cell lstm", "--cell lstm --threads 2", "--cell lstm --layers 2", "--cell gru",
    "--cell gru --threads 2", "--cell gru --gru-reset before", "--cell rnn",
    "--cell rnn --activation relu --lr 0.001", "--cell lstm --bidirectional",
    "--cell gru --bidirectional --layers 2", "--objective cloze", "--objective cloze --cell gru",
    "--objective cloze --layers 3", "--layers 3", "--layers 3 --no-residual", "--residual --layers 2",
    "--embedding 5", "--embedding 16 --cell gru --threads 2", "--sampling random",
    "--sampling random --cell rnn --threads 2", "--optimizer sgd", "--optimizer sgd --cell gru",
    "--optimizer sgd --sampling random", "--init orthogonal", "--init normal --cell rnn",
    "--text letters", "--text flat --clip 0.1", "--batch 1 --hidden 65 --threads 2",
    "--batch 24 --threads 2", "--hidden 33 --forget-bias 1",
]


def kills(torture):
    rounds = torture.amount(12, 1)
    configurations = CONFIGURATIONS if not torture.quick else CONFIGURATIONS[::4]
    seeds = [torture.random.random() for _ in configurations]
    torture.in_parallel(
        lambda pair: Victim(torture, pair[0], pair[1]).live(rounds), list(zip(configurations, seeds)))


class Victim:
    """A training that is killed again and again."""

    def __init__(self, torture, options, seed):
        self.torture = torture
        self.random = random.Random(seed)
        self.folder = torture.folder()
        self.text = self.folder / "text.txt"
        letters = "etaoin shrdlu\n"
        self.text.write_text("".join(self.random.choice(letters) for _ in range(6000)))
        self.words = [
            "train", self.text, "--hidden", 16, "--layers", 1, "--batch", 4, "--steps", 5,
            "--threads", 1, *options.split(), "--quiet",
        ]
        self.epochs = 6

    def run_times(self):
        """Seconds that the whole training takes, and its checkpoint's bytes."""
        whole = self.folder / "whole"
        start = time.monotonic()
        self.torture.run(*self.words, "--epochs", self.epochs, "--out", whole)
        return time.monotonic() - start, whole.read_bytes() if whole.exists() else b""

    def live(self, rounds):
        seconds, whole = self.run_times()
        out = self.folder / "out"
        for index in range(rounds):
            self.kill(out, self.random.uniform(0, seconds * 1.1), index % 2 == 1)
            if self.random.random() < 0.4:
                self.kill(out, self.random.uniform(0, seconds), True, resume=out.exists())
            self.finish(out, whole)
            out.unlink(missing_ok=True)

    def kill(self, out, moment, within_epochs, resume=False):
        saving = ["--save-minutes", 0.0005] if within_epochs else ["--save-every", 1]
        words = [*self.words, "--epochs", self.epochs, "--out", out, *saving]
        process = self.torture.start(words + (["--resume"] if resume else ["--overwrite"]))
        time.sleep(moment)
        process.kill()
        process.communicate()
        # It may have ended before.
        if process.returncode == -signal.SIGKILL:
            self.torture.count("kills")

    def finish(self, out, whole):
        if out.exists():
            evaluation = self.torture.run("eval", self.text, "--model", out, allowed=(0,))
            if evaluation.code != 0:
                self.torture.find("lost", evaluation)
        resume = ["--resume"] if out.exists() else []
        result = self.torture.run(*self.words, "--epochs", self.epochs, "--out", out, *resume)
        if not out.exists() or out.read_bytes() != whole:
            self.torture.find("different", result)
        left = [path.name for path in self.folder.iterdir() if path.name.startswith(".")]
        self.torture.expect(not left, f"{left} left after {result}")
