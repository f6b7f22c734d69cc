"""Full and read-only disks, limits, and long runs whose memory, threads and files are watched."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

from charnn_dev.program import cores
from charnn_dev.torture.support import PANGRAM, TINY, limit, wait_for, wait_for_epoch


def disks(torture):
    disk = torture.folder()
    size = ["-o", "size=1m", "-t", "tmpfs"]
    mounted = subprocess.run(["mount", *size, "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        print("disks: skipped, nothing can be mounted here")
        return
    try:
        for _ in range(torture.amount(10, 1)):
            full_disk(torture, disk, recovers=True)
            full_disk(torture, disk, recovers=False)
        read_only(torture, disk)
    finally:
        subprocess.run(["umount", disk], check=False)


def full_disk(torture, disk, recovers):
    folder = torture.folder()
    out, filler, text = disk / "m", disk / "filler", folder / "text.txt"
    shutil.copy(torture.model(folder), out)
    text.write_text(PANGRAM * 60)
    endless = "--hidden 64 --epochs 100000 --save-every 1 --overwrite --json".split()
    process = torture.start(["train", text, *TINY, *endless, "--out", out])
    wait_for_epoch(process)
    fill(filler)
    before = out.read_bytes()
    messages = []
    for message in process.stderr:
        messages.append(message)
        if b"warning" in message:
            break
    else:
        messages.append(b"")
    torture.expect(b"warning" in messages[-1], f"no warning of a full disk: {messages}")
    torture.expect(out.read_bytes() == before, "a full disk has changed the checkpoint", "lost")
    if recovers:
        filler.unlink()
        torture.expect(wait_for(lambda: out.read_bytes() != before), "it never saved again", "lost")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    code, codes = process.returncode, (143,) if recovers else (73, 74)
    torture.expect(code in codes, f"full disk: exit {code}, not {codes}", "wrong exit codes")
    torture.run("eval", text, "--model", out)
    filler.unlink(missing_ok=True)
    torture.expect(os.listdir(disk) == ["m"], f"left on the disk: {os.listdir(disk)}")
    torture.count("full disks")


def fill(path):
    with open(path, "wb", buffering=0) as file:
        for size in 1 << 16, 1 << 10, 1:
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


def read_only(torture, disk):
    folder = torture.folder()
    shutil.copy(torture.model(folder), disk / "m")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for out in disk / "m", disk / "new":
        for more in [], ["--overwrite"]:
            torture.train(out, *more, text=folder / "text.txt", allowed=(73,))
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


# MARK: Limits


def limits(torture):
    folder = torture.folder()
    model = torture.model(folder)
    before = model.read_bytes()
    for size in 0, 1, 512, 4096, 8192:
        few_bytes = limit(resource.RLIMIT_FSIZE, size)
        torture.train(model, "--overwrite", allowed=(73,), preexec_fn=few_bytes)
        torture.expect(model.read_bytes() == before, "a limit of the size has changed a file", "lost")
    for files in range(3, 12):
        # With three the loader cannot open a library.
        allowed = (0, 65, 66, 73, 74) if files > 3 else (73, 127)
        few_files = limit(resource.RLIMIT_NOFILE, files)
        torture.train(model, "--overwrite", allowed=allowed, preexec_fn=few_files)
    for megabytes in range(40, 1200, torture.amount(10, 80)):
        # Below what the program itself takes, the loader says so.
        allowed = (0, 65) if megabytes > 150 else (0, 65, 127, -signal.SIGKILL)
        for hidden in 16, 512, 2048:
            out = folder / f"{megabytes}-{hidden}"
            torture.train(
                out, "--hidden", hidden, "--layers", 2, "--max-chars", 50, "--epochs", 1,
                "--threads", cores(),
                allowed=allowed, memory=megabytes << 20)
            out.unlink(missing_ok=True)
    few_threads(torture, folder)


def few_threads(torture, folder):
    """Where no thread can be started, one must do."""
    if os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("prlimit"):
        return torture.count("tries skipped: few threads")
    torture.root.chmod(0o755)
    folder.chmod(0o777)
    user = "setpriv --reuid=65533 --regid=65533 --clear-groups prlimit --nproc=1".split()
    for threads in 2, 257, 1024:
        words = f"--threads {threads} --hidden 65 --batch 4 --steps 5 --epochs 1 --overwrite"
        command = [*user, torture.program, "train", folder / "text.txt", *words.split()]
        command += ["--out", folder / "few"]
        try:
            result = subprocess.run(command, capture_output=True, timeout=30, check=False)
            torture.expect(result.returncode == 0, f"{command}: {result}", "wrong exit codes")
        except subprocess.TimeoutExpired:
            torture.find("hangs", command)


# MARK: Growth


def growth(torture):
    epochs, few = torture.amount(10_000, 300), torture.amount(2_000, 100)
    samples, saves = "--sample-every 1 --save-every 1000000", "--save-every 1 --sample-every 0"
    watch(torture, epochs, "samples", f"--hidden 65 --threads 2 {samples}")
    watch(torture, epochs, "saves", f"--hidden 65 --threads 2 {saves}")
    watch(torture, few, "samples", f"--objective cloze --hidden 8 {samples}")


def watch(torture, epochs, what, words):
    folder = torture.folder()
    small = "--layers 1 --batch 2 --steps 20 --max-chars 200 --json --overwrite".split()
    more = [*small, *words.split(), "--epochs", 10 * epochs, "--out", folder / "m"]
    process = torture.start(["train", folder / "text.txt", *more])
    early = late = None
    start = time.monotonic()
    for line in process.stdout:
        if b'"epoch":%d,' % (epochs // 5) in line and not early:
            early = usage(process.pid)
        if b'"epoch":%d,' % epochs in line and not late:
            late = usage(process.pid)
            process.terminate()
        if time.monotonic() - start > 1200:
            process.kill()
            torture.find("hangs", f"{epochs} {what}")
    process.communicate()
    torture.count(what, epochs)
    if not torture.expect(early and late, f"{what}: no two moments to compare; {process.returncode}"):
        return
    torture.expect(late["Threads"] <= early["Threads"], f"{what}: threads {early} to {late}")
    torture.expect(late["files"] <= early["files"], f"{what}: files {early} to {late}")
    # A history of epochs is kept: some hundred bytes each, and as JSON while it is written. The
    # allocator's own share grows by two or three megabytes in the first thousand epochs, and stays.
    allowed = early["VmRSS"] + 4000 + epochs
    torture.expect(late["VmRSS"] <= allowed, f"{what}: memory {early} to {late} KB")


def usage(pid):
    """The least of what is seen: a sample has threads, and a save has a file, while it lasts."""
    seen = []
    for _ in range(100):
        seen.append(usage_now(pid))
        time.sleep(0.002)
    return {name: min(one[name] for one in seen) for name in seen[0]}


def usage_now(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return {
        "VmRSS": int(fields["VmRSS"].split()[0]), "Threads": int(fields["Threads"]),
        "files": len(os.listdir(f"/proc/{pid}/fd")),
    }
