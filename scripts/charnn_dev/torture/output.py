"""What --out may touch, what signals do, and what reaches a terminal."""

import contextlib
import os
import pty
import re
import shutil
import signal
import socket
import stat
import subprocess
import time

from charnn_dev.torture.support import PANGRAM, QUICK, TINY, hidden, identity, wait_for, wait_for_epoch


def output(torture):
    scenes = refused, accepted, kept, second_runs, ordinary_users, diverged
    for _ in range(torture.amount(20, 1)):
        for scene in scenes:
            folder = torture.folder()
            scene(torture, folder, torture.model(folder))


def refused(torture, folder, model):
    """Everything that is no checkpoint of charnn's own stays as it is."""
    (folder / "other").write_text("a letter")
    (folder / "archive.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{}")
    (folder / "link").symlink_to("text.txt")
    (folder / "loop").symlink_to("loop")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "fifo")
    if os.geteuid() == 0:
        os.mknod(folder / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "socket"))
    os.link(model, folder / "hard")
    before = {path: identity(path) for path in folder.iterdir()}
    for path in [*before, folder / "none" / "m", folder / ("x" * 256), folder / "sub" / ""]:
        torture.train(path, text=folder / "text.txt", allowed=(73,))
    after = {path: identity(path) for path in folder.iterdir()}
    torture.expect(after == before, f"{folder}: a refused output has changed", "lost")
    script = 'mkdir "$1"; cd "$1"; rmdir "$1"; shift; exec "$@"'
    words = [torture.program, "train", folder / "text.txt", *map(str, QUICK), "--out", "m"]
    code = subprocess.call(["sh", "-c", script, "sh", folder / "gone", *words], stderr=subprocess.DEVNULL)
    torture.expect(code == 73, f"in a deleted folder: exit {code}", "wrong exit codes")


def accepted(torture, folder, model):
    """Empty files are filled, links are followed, mode and owner stay."""
    (folder / "empty").write_bytes(b"")
    torture.train(folder / "empty")
    (folder / "sub").mkdir()
    (folder / "link").symlink_to("sub/target")
    for words in ["--overwrite"], ["--resume", "--epochs", 3]:
        torture.train(folder / "link", *words, allowed=(0, 66))
    torture.expect((folder / "link").is_symlink(), "a link was replaced", "lost")
    torture.expect((folder / "sub" / "target").exists(), "a link was not followed")
    for mode in 0o600, 0o640, 0o444:
        model.chmod(mode)
        if os.geteuid() == 0:
            os.chown(model, 1234, 1235)
        owner = model.stat().st_uid, model.stat().st_gid
        torture.train(model, "--overwrite", "--seed", mode, allowed=(0, 73))
        status = model.stat()
        found = (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
        torture.expect(found == (mode, *owner), f"mode and owner became {found}")


def kept(torture, folder, model):
    """Each new training keeps what stands there, under another name."""
    first = model.read_bytes()
    notes = [torture.train(model, "--seed", seed).messages.decode() for seed in (2, 3)]
    names = [f"{model}.~{number}~" for number in (1, 2)]
    for name, note in zip(names, notes):
        torture.expect(os.path.exists(name) and name in note, f"{name} was not kept: {note}", "lost")
    torture.expect(open(names[0], "rb").read() == first, "what was kept has changed", "lost")
    before = sorted(os.listdir(folder))
    for more in ["--overwrite"], ["--resume", "--epochs", 3], ["--resume", "--epochs", 3]:
        torture.train(model, *more)
        torture.expect(sorted(os.listdir(folder)) == before, f"{more} left {os.listdir(folder)}")


def second_runs(torture, folder, _model):
    """While one runs, another is refused; what a killed one has left goes with the next."""
    text, out = folder / "text.txt", folder / "m"
    text.write_text(PANGRAM * 3000)
    words = ["train", text, *TINY, "--quiet", "--epochs", 1000, "--save-every", 1000, "--out", out]
    first = torture.start(words)
    torture.expect(wait_for(lambda: hidden(folder)), "no sign of a first run")
    result = torture.run(*words, allowed=(73,), timeout=10)
    torture.expect(str(first.pid).encode() in result.messages, f"{result} does not name the first run")
    first.kill()
    first.communicate()
    torture.expect(len(hidden(folder)) == 1, f"a killed run has left {hidden(folder)}")
    torture.train(out, "--max-chars", 500)
    torture.expect(not hidden(folder), f"the next run has left {hidden(folder)}")


def ordinary_users(torture, folder, model):
    """In a sticky folder nobody replaces another's file; root may do all this."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return torture.count("tries skipped: ordinary users")
    torture.root.chmod(0o755)
    folder.chmod(0o1777)
    model.chmod(0o666)
    before = identity(model)
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", torture.program]
    command += map(str, ["train", folder / "text.txt", *QUICK, "--out", model])
    result = subprocess.run(command, capture_output=True, check=False, timeout=60)
    what = "another's file in a sticky folder"
    found = f"{what}: {result.returncode} {result.stderr}"
    torture.expect(result.returncode == 73, found, "wrong exit codes")
    torture.expect(identity(model) == before, f"{what} changed", "lost")


def diverged(torture, _folder, model):
    """A training whose loss is no number any more, or that cannot begin, writes nothing."""
    before = identity(model)
    for more, code in {
        "--optimizer sgd --lr 1e6 --clip 0": 65, "--lr 1e38": 65, "--lr 1e39": 64,
        "--forget-bias 1e300": 64, "--clip 1e-60": 64, "--init-scale 1e40": 64,
    }.items():
        torture.train(model, "--epochs", 9, "--overwrite", *more.split(), allowed=(code,))
    torture.expect(identity(model) == before, "a diverged training has changed the file", "lost")


# MARK: Signals


def signals(torture):
    for _ in range(torture.amount(20, 1)):
        for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129):
            signalled(torture, number, code)
        for number in signal.SIGINT, signal.SIGHUP:
            ignored(torture, number)
        stopped_at_once(torture)


def long_training(torture, **options):
    """A folder and a training in it that has done its first epoch."""
    folder = torture.folder(PANGRAM * 300)
    endless = "--json --epochs 100000 --save-every 100000".split()
    words = ["train", folder / "text.txt", *TINY, *endless, "--out", folder / "m"]
    process = torture.start(words, **options)
    wait_for_epoch(process)
    return folder, process


def signalled(torture, number, code):
    folder, process = long_training(torture)
    process.send_signal(number)
    torture.ended(process, code, f"signal {number}")
    torture.run("eval", folder / "text.txt", "--model", folder / "m")
    torture.expect(sorted(os.listdir(folder)) == ["m", "text.txt"], f"left: {os.listdir(folder)}")


def ignored(torture, number):
    _, process = long_training(torture, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
    process.send_signal(number)
    time.sleep(0.1)
    torture.expect(process.poll() is None, f"signal {number} was ignored and ended it")
    process.terminate()
    torture.ended(process, 143, "SIGTERM after an ignored signal")


def stopped_at_once(torture):
    folder = torture.folder()
    model = torture.model(folder)
    before = identity(model)
    torture.train(model, "--resume", "--epochs", 1)
    text = folder / "text.txt"
    text.write_text(PANGRAM * 400)
    # One minibatch takes seconds.
    words = ["train", text, "--hidden", 256, "--batch", 1, "--steps", 10_000, "--out", model]
    for delay in 0, 0.001, 0.002, 0.004:
        process = torture.start(words)
        time.sleep(delay)
        process.terminate()
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            torture.find("hangs", "SIGTERM at the start")
        changed = identity(model) != before
        torture.expect(not changed or process.returncode == 143, "SIGTERM at the start", "lost")
        if changed:
            break


# MARK: The terminal

NASTY = "\x1b[2J\x9b1m\u202eevil\u2066\u200b\u200f\ufeff\x07\x7f"


def on_terminal(torture, words):
    """What charnn writes to a terminal behind its standard output and error."""
    leader, follower = pty.openpty()
    process = torture.start(words, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    written = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error
        while piece := os.read(leader, 1 << 16):
            written += piece
    os.close(leader)
    process.wait(60)
    # Its own: colours, and to go to a line above and clear what is there; nothing else.
    own = re.sub(rb"\x1b\[(\d{1,3}(;\d{1,3}){0,6}m|\d*A|K|J(?!2))", b"", written)
    return own.replace(b"\r", b"").decode("utf8", "replace")


def terminal(torture):
    folder = torture.folder()
    text = folder / f"{NASTY}.txt"
    text.write_text((NASTY + "abc ") * 60)
    model = folder / f"m{NASTY}"
    train = ["train", text, *TINY, "--epochs", 2, "--sample-every", 1, "--overwrite", "--out", model]
    for words in [
        train, ["predict", NASTY, "--model", model, "--temperature", 1], ["inspect", model],
        ["inspect", model, "--vocabulary"], ["eval", text, "--model", model, "--chars"],
        ["eval", "--string", "é" + NASTY, "--model", model], ["inspect", folder / NASTY],
        ["train", f"--{NASTY}"], [NASTY], ["train", text, "--out", folder / NASTY / "m"],
        ["predict", "--fill", "a", "--model", model], ["eval", "--text", NASTY],
    ]:
        shown = on_terminal(torture, words)
        raw = {char for char in NASTY if not char.isalnum() and char not in "[" and char in shown}
        torture.expect(bool(shown), f"{words} shows nothing")
        torture.expect(not raw, f"{words} shows {raw} raw")
    piped = torture.run("predict", NASTY, "--model", model, "--length", 0).output.decode()
    torture.expect(piped == NASTY + "\n", "into a pipe a text goes as it is")
