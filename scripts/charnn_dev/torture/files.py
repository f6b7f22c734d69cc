"""Damaged checkpoints: every bit of a small one, and mutants that know the format."""

import copy
import json
import struct

from charnn_dev.torture.support import TINY

MASK = (1 << 64) - 1
PRIMES = (
    0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)


def bits(torture):
    """Every flipped bit, every length and some more bytes: all must be called damaged."""
    folder = torture.folder("ab" * 40)
    words = ["--cell", "rnn", "--hidden", 1, "--optimizer", "sgd"]
    sound = torture.model(folder, *words).read_bytes()
    step = torture.amount(1, 101)

    def expect_damaged(name, data):
        path = folder / name
        path.write_bytes(data)
        torture.run("inspect", path, allowed=(65,))
        path.unlink()

    def flipped(bit):
        changed = bytearray(sound)
        changed[bit // 8] ^= 1 << bit % 8
        expect_damaged(f"bit{bit}", changed)
        torture.count("bits")

    def cut(length):
        expect_damaged(f"cut{length}", sound[:length])
        torture.count("lengths")

    torture.in_parallel(flipped, range(0, 8 * len(sound), step))
    torture.in_parallel(cut, range(0, len(sound), step))
    for tail in b"\0", b" ", sound:
        expect_damaged("longer", sound + tail)


# MARK: Mutants


class File:
    """A checkpoint taken apart."""

    def __init__(self, data):
        length = struct.unpack("<Q", data[:8])[0]
        self.header = json.loads(data[8 : 8 + length])
        self.payload = bytearray(data[8 + length :])

    def entries(self):
        """Of the tensors, in the order of their bytes."""
        own = [(name, entry) for name, entry in self.header.items() if name != "__metadata__"]
        return sorted(own, key=lambda pair: pair[1]["data_offsets"])

    def append(self, name, kind, shape, data):
        """Adds a tensor behind the others."""
        begin = len(self.payload)
        self.payload += data
        place = [begin, len(self.payload)]
        self.header[name] = {"dtype": kind, "shape": shape, "data_offsets": place}

    def encoded(self, header_text=None, has_checksum=False):
        metadata = self.header.get("__metadata__")
        if isinstance(metadata, dict):
            metadata.pop("checksum", None)
            if has_checksum:
                metadata["checksum"] = "0" * 16
            else:
                metadata["version"] = "1"
        text = header_text or json.dumps(self.header, separators=(",", ":"), ensure_ascii=False)
        head = text.encode("utf8", "surrogatepass")
        data = struct.pack("<Q", len(head)) + head + bytes(self.payload)
        if has_checksum and b'"checksum":"' in data:
            place = data.index(b'"checksum":"') + 12
            digits = b"%016x" % xxh64(data)
            data = data[:place] + digits + data[place + 16 :]
        return data


def xxh64(data):
    """XXH64 with the seed 0; see the specification that XXHash64.swift names."""

    def rotated(word, count):
        word &= MASK
        return (word << count | word >> 64 - count) & MASK

    def turn(lane, word):
        return rotated(lane + word * PRIMES[1], 31) * PRIMES[0] & MASK

    lanes = [PRIMES[0] + PRIMES[1], PRIMES[1], 0, -PRIMES[0]]
    whole = len(data) // 32 * 32
    for words in struct.iter_unpack("<4Q", data[:whole]):
        lanes = [turn(lane, word) for lane, word in zip(lanes, words)]
    result = PRIMES[4]
    if whole:
        result = sum(rotated(lane, count) for lane, count in zip(lanes, (1, 7, 12, 18)))
        for lane in lanes:
            result = (result ^ turn(0, lane)) * PRIMES[0] + PRIMES[3] & MASK
    result = result + len(data) & MASK
    words = whole + (len(data) - whole) // 8 * 8  # up to here, words of eight bytes
    half = words + (len(data) - words) // 4 * 4
    for (word,) in struct.iter_unpack("<Q", data[whole:words]):
        result = rotated(result ^ turn(0, word), 27) * PRIMES[0] + PRIMES[3] & MASK
    for (word,) in struct.iter_unpack("<I", data[words:half]):
        result = rotated(result ^ word * PRIMES[0] & MASK, 23) * PRIMES[1] + PRIMES[2] & MASK
    for byte in data[half:]:
        result = rotated(result ^ byte * PRIMES[4] & MASK, 11) * PRIMES[0] & MASK
    result = (result ^ result >> 33) * PRIMES[1] & MASK
    result = (result ^ result >> 29) * PRIMES[2] & MASK
    return result ^ result >> 32


ODD = [
    0, 1, -1, 2, 255, 256, 16384, 16385, 65536, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, -(2**63),
    2**64, 10**30, 0.5, -0.5, 1e38, 1e39, 1e300, -1e300, 1e-300, None, True, "", "x", [], {}, [[]],
    "lstm", "gru", "rnn", "adam", "sgd", "letters", "raw", "cloze", "next", "\u0000", "\u202e",
]


def mutate_entry(file, draw):
    """Changes what the header says of one tensor."""
    names = [name for name in file.header if name != "__metadata__"]
    name = draw.choice(names)
    entry = file.header[name]
    match draw.randrange(8):
        case 0:
            entry["data_offsets"] = [draw.choice(ODD), draw.choice(ODD)]
        case 1:
            entry["data_offsets"] = copy.deepcopy(file.header[draw.choice(names)].get("data_offsets"))
        case 2:
            entry["shape"] = [draw.choice(ODD) for _ in range(draw.randrange(4))]
        case 3:
            entry["dtype"] = draw.choice(["F16", "BF16", "F64", "I64", "U8", "BOOL", "F4", "", 3])
        case 4:
            del file.header[name]
        case 5:
            file.header[draw.choice(["x", "training.state.0", "training.mean.x", "\ud800"])] = entry
        case 6:
            file.append("other", "U8", [size := draw.randrange(64)], bytes(size))
        case 7:
            entry[draw.choice(list(entry))] = draw.choice(ODD)


def mutate_metadata(file, draw):
    """Puts something else in the place of one of the metadata."""
    metadata = file.header["__metadata__"]
    key = draw.choice(list(metadata))
    text = str(metadata[key])
    place = draw.randrange(len(text) + 1)
    odd_text = text[:place] + draw.choice('{}[]",:0123456789eE+-.\\u\n') + text[place + 1 :]
    depth = draw.choice([10, 511, 512, 513, 100_000])
    value = draw.choice(ODD)
    metadata[key] = draw.choice([value, json.dumps(value), odd_text, draw.choice("[{") * depth])
    if draw.random() < 0.2:
        del metadata[key]


def parsed(file, key, default):
    """One of the metadata that are JSON themselves; None if an earlier mutation was there."""
    try:
        return json.loads(file.header["__metadata__"].get(key, default))
    except (TypeError, ValueError, RecursionError):
        return None


def mutate_json(file, draw):
    """Changes a value within one of the metadata that are JSON themselves."""
    key = draw.choice(["configuration", "training", "text", "vocabulary", "corpus"])
    target = value = parsed(file, key, "{}")
    while isinstance(target, (dict, list)) and target:
        place = draw.choice(list(target) if isinstance(target, dict) else range(len(target)))
        if draw.random() < 0.5 or not isinstance(target[place], (dict, list)) or not target[place]:
            target[place] = draw.choice(ODD)
            break
        target = target[place]
    if value is not None:
        file.header["__metadata__"][key] = json.dumps(value)


def mutate_vocabulary(file, draw):
    tokens = parsed(file, "vocabulary", "[]")
    if not isinstance(tokens, list):
        return
    count = len(tokens)
    odd = [
        [], ["<unk>"], ["<unk>"] + tokens[1:], tokens[:-1], tokens + ["\u00e9"], tokens[:1] * count,
        ["ab"] + tokens[1:], ["x" * 10_000] + tokens[1:], [""] * count, tokens[::-1],
        [chr(0x4E00 + index) for index in range(count)], ["\u001b", "\u202e"] + tokens[2:],
    ]
    if draw.random() < 0.02:
        odd = [[chr(0x20000 + index % 60_000) for index in range(1_000_000)]]
    file.header["__metadata__"]["vocabulary"] = json.dumps(draw.choice(odd), ensure_ascii=False)


def mutate_payload(file, draw):
    for _ in range(draw.randrange(1, 4)):
        if len(file.payload) >= 4:
            value = draw.choice([float("nan"), float("inf"), -3e38, 1e-40, 0.0, 1e20])
            struct.pack_into("<f", file.payload, draw.randrange(len(file.payload) // 4) * 4, value)
    if draw.random() < 0.2:
        del file.payload[draw.randrange(len(file.payload) + 1) :]


def mutate_text(file, draw):
    """The header as a text that no JSON writer would write."""
    text = json.dumps(file.header, separators=(",", ":"), ensure_ascii=False)
    match draw.randrange(4):
        case 0:
            name = draw.choice(list(file.header))
            return text[:-1] + "," + json.dumps(name) + ":" + json.dumps(file.header[name]) + "}"
        case 1:
            return '{"x":' + "[" * draw.choice([20, 512, 5000]) + text
        case 2:
            place = draw.randrange(len(text))
            return text[:place] + draw.choice('{}[]",:\\\u0001 9') + text[place + 1 :]
        case _:
            return text + draw.choice(["", " " * 100, "\0", "}", "{}", text])


MUTATIONS = [
    mutate_entry, mutate_metadata, mutate_json, mutate_json, mutate_vocabulary, mutate_payload,
    mutate_text,
]


def mutant(sound, draw):
    file = File(sound)
    text = None
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        text = draw.choice(MUTATIONS)(file, draw) or text
        if not isinstance(file.header.get("__metadata__"), dict):
            break
    data = file.encoded(text, has_checksum=draw.random() < 0.3)
    if draw.random() < 0.05:
        data = struct.pack("<Q", draw.choice([0, 1, 2**20, 2**31, 2**63, 2**64 - 1])) + data[8:]
    return data


def mutants(torture):
    folder = torture.folder()
    models = {
        name: torture.model(folder, *words.split(), name=name).read_bytes()
        for name, words in {
            "lstm": "--save-every 1", "gru": "--cell gru --embedding 3 --optimizer sgd",
            "cloze": "--objective cloze --cell rnn", "letters": "--text letters --layers 2",
        }.items()
    }

    def try_one(draw, number):
        name = draw.choice(list(models))
        path = folder / f"mutant{number}"
        path.write_bytes(mutant(models[name], draw))
        run_mutant(torture, path, folder / "text.txt", name, draw)

    torture.draws("mutants", torture.amount(20_000, 300), try_one, folder)


def run_mutant(torture, path, text, name, draw):
    model = ["--model", path, "--unknown", "skip"]
    commands = [
        ["inspect", path, "--json"], ["inspect", path, "--tensors", "--vocabulary", "--history"],
        ["eval", text, *model], ["predict", "the ", *model, "--length", 5],
        ["train", text, "--resume", "--epochs", 2, "--threads", 1, "--out", path],
        ["train", text, "--from", path, *TINY, "--epochs", 1, "--quiet", "--out", f"{path}-new"],
    ]
    if name == "cloze":
        commands.append(["predict", "--fill", "the _o_", *model])
    for words in draw.sample(commands, 2):
        allowed = (0, 64, 65, 66, 73) if words[0] == "train" else (0, 65)
        torture.run(*words, allowed=allowed, memory=4 << 30)
