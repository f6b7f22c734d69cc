"""Command lines and texts that nobody would write."""

import re

from charnn_dev.torture.support import PANGRAM, QUICK, TINY

VALUES = [
    "", "0", "1", "-1", "2", "7", "0.5", "-0.5", "1e-3", "1e38", "1e39", "1e300", "1e-300", "nan", "inf", "-inf",
    "99999999999999999999", "9223372036854775807", "0x10", "1e5", " 1", "1 ", "lstm", "gru", "rnn",
    "adam", "sgd", "raw", "letters", "flat", "next", "cloze", "random", "error", "skip", "the ", "the _",
    "é漢😀", "\x1b[2J", "\u202e", "a\nb", "--", "-", "---", "--help=", "\\u{41}", "\\",
]
COMMANDS = ["train", "predict", "eval", "inspect"]


def lines(torture):
    folder = torture.folder()
    model = torture.model(folder)
    torture.model(folder, "--objective", "cloze", name="cloze")
    (folder / "empty").write_bytes(b"")
    (folder / "sub").mkdir()
    options = {
        command: re.findall(rb"--[a-z-]+", torture.run(command, "--help").output)
        for command in COMMANDS
    }

    def try_one(draw, number):
        words = random_line(draw, options, number)
        torture.run(*words, allowed=(0, 1, 64, 65, 66, 73, 74), cwd=folder, memory=2 << 30)

    torture.draws("command lines", torture.amount(5_000, 200), try_one, folder)
    torture.expect(model.read_bytes(), "the model has gone", "lost")


def random_line(draw, options, number):
    command = draw.choice([*COMMANDS, *COMMANDS, "", "help", "--version", "tarin", "\x1b"])
    paths = ["model", "cloze", "text.txt", "empty", "sub", "none", "sub/none", "."]
    words = [command] if command else []
    for _ in range(draw.randrange(5)):
        option = draw.choice(options.get(command, [b"--json", b"--out"])).decode()
        # Where it writes, and how much it works, is below.
        if option in ("--out", "--epochs", "--save-every", "--hidden", "--layers", "--steps", "--batch"):
            continue
        value = draw.choice(VALUES if draw.random() < 0.7 else paths)
        words += draw.choice([[option], [option, value], [f"{option}={value}"]])
    words += draw.choices(paths + VALUES, k=draw.randrange(3))
    if command == "train":
        out = draw.choice([f"out{number}", f"out{number}", *paths[2:], "", "x" * 300, "a\nb\x1b"])
        words += [*TINY, "--epochs", draw.choice("12"), "--out", out]
    # A zero byte ends an argument of the system; newer Pythons refuse it.
    return [word.replace("\0", "") for word in words]


def texts(torture):
    folder = torture.folder()
    model = torture.model(folder)

    def try_one(draw, number):
        data = random_text(draw)
        path, out = folder / f"some{number}", folder / f"out{number}"
        path.write_bytes(data)
        mode = draw.choice(["raw", "letters", "flat"])
        words, stdin = draw.choice([
            (["train", path, *QUICK, "--epochs", 1, "--text", mode, "--out", out], None),
            (["eval", path, "--model", model, "--unknown", "skip"], None),
            (["predict", "-", "--model", model, "--unknown", "skip", "--length", 3], data),
            (["eval", "-", "--model", model], data),
        ])
        torture.run(*words, allowed=(0, 65), stdin=stdin, memory=2 << 30)

    torture.draws("texts", torture.amount(5_000, 150), try_one, folder)


def random_text(draw):
    text = PANGRAM * draw.choice([0, 1, 3, 30])
    data, marks = text.encode(), [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]
    not_utf8 = [b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\x80"]
    line_ends = ["\r", "\r\n", "\n\r", "\r\r\n"]
    ideographs = (chr(0x4E00 + index) for index in range(draw.choice([255, 256, 257, 5000])))
    return draw.choice([
        draw.randbytes(draw.choice([0, 1, 3, 100, 5000])),
        ("漢字" + text).encode()[: -draw.randrange(1, 5)] or b"\xe6",
        draw.choice(marks) * draw.randrange(1, 4) + data,
        text.encode("utf-16-le"),
        text.replace(" ", draw.choice(line_ends)).encode(),
        data + draw.choice(not_utf8),
        b"a" * draw.choice([1, 2, 21, 22, 100_000]),
        "".join(ideographs).encode(),
        "👩‍👩‍👧‍👦🏳️‍🌈e\u0301\u200b\u202e".encode() * draw.choice([1, 50]),
        bytes(draw.choice([1, 1000])),
        ("\n" * draw.randrange(200) + text + "\u2028\u0085").encode(),
        data,
    ])
