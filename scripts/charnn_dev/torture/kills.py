"""Kills trainings at random moments: the checkpoint must be whole, and the resumed run must end with
the bytes of one that was never killed."""

import random
import signal
import time

from charnn_dev.torture.support import hidden

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
    configurations = CONFIGURATIONS[:: torture.amount(1, 4)]
    pairs = [(options, torture.random.random()) for options in configurations]
    torture.in_parallel(lambda pair: Victim(torture, *pair).live(rounds), pairs)


class Victim:
    """A training that is killed again and again."""

    def __init__(self, torture, options, seed):
        self.torture, self.random = torture, random.Random(seed)
        self.folder = torture.folder("".join(self.random.choice("etaoin shrdlu\n") for _ in range(6000)))
        self.text, self.out = self.folder / "text.txt", self.folder / "out"
        tiny = "--hidden 16 --layers 1 --batch 4 --steps 5 --threads 1".split()
        self.words = ["train", self.text, *tiny, *options.split(), "--quiet", "--epochs", 6, "--out"]

    def live(self, rounds):
        whole = self.folder / "whole"
        start = time.monotonic()
        self.torture.run(*self.words, whole)
        seconds = time.monotonic() - start
        whole = whole.read_bytes() if whole.exists() else b""
        for index in range(rounds):
            self.kill(self.random.uniform(0, seconds * 1.1), index % 2 == 1)
            if self.random.random() < 0.4:
                self.kill(self.random.uniform(0, seconds), True, resume=self.out.exists())
            self.finish(whole)
            self.out.unlink(missing_ok=True)

    def kill(self, moment, within_epochs, resume=False):
        saving = ["--save-minutes", 0.0005] if within_epochs else ["--save-every", 1]
        more = "--resume" if resume else "--overwrite"
        process = self.torture.start([*self.words, self.out, *saving, more])
        time.sleep(moment)
        process.kill()
        process.communicate()
        # It may have ended before.
        if process.returncode == -signal.SIGKILL:
            self.torture.count("kills")

    def finish(self, whole):
        if self.out.exists():
            evaluation = self.torture.run("eval", self.text, "--model", self.out)
            if evaluation.code != 0:
                self.torture.find("lost", evaluation)
        resume = ["--resume"] if self.out.exists() else []
        result = self.torture.run(*self.words, self.out, *resume)
        if not self.out.exists() or self.out.read_bytes() != whole:
            self.torture.find("different", result)
        left = hidden(self.folder)
        self.torture.expect(not left, f"{left} left after {result}")
