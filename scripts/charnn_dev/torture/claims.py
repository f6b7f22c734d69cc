"""Files that break one rule of the format each, and odd ones that break none.

Mutants may be accepted or refused, as it comes; of these it is known which. They are of version 1,
which has no checksum, so that nothing but the rule itself can be what refuses them.
"""

import json
import os
import struct

from charnn_dev.torture.files import File

# Of address space: what the program needs to start, and some more.
TIGHT = 300 << 20


def claims(torture):
    scenes = [
        version_one, half_floats, foreign_tensors, broken_rules, deep_headers, many_entries,
        small_models, million_tokens, same_words,
    ]

    def play(scene):
        scene(torture, torture.folder())
        torture.count("claims")

    torture.in_parallel(play, scenes)


def sound(torture, folder, *words):
    """A checkpoint, taken apart."""
    return File(torture.model(folder, *words, "--overwrite").read_bytes())


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data.encoded() if isinstance(data, File) else data)
    return path


def read(torture, path, *allowed, **options):
    """Runs every command that reads a checkpoint and leaves it as it is."""
    for words in (
        ["inspect", path], ["predict", "the ", "--model", path, "--length", 3],
        ["eval", "--model", path, "--string", "the", "--unknown", "skip"],
    ):
        torture.run(*words, allowed=allowed, **options)


def replace_tensors(file, tensors):
    """Gives a file other tensors: (name, type, shape, bytes), one behind the other."""
    file.header = {"__metadata__": file.header["__metadata__"]}
    file.payload = bytearray()
    for tensor in tensors:
        file.append(*tensor)


# MARK: What must be read


def version_one(torture, folder):
    """What charnn 0.1 wrote is read, and its training goes on to the same weights."""
    new = torture.model(folder)
    old = written(folder, "old", File(new.read_bytes()))
    read(torture, old, 0)
    for path in new, old:
        torture.run("train", "--resume", "--epochs", 4, "--quiet", "--out", path)
    same = File(new.read_bytes()).payload == File(old.read_bytes()).payload
    torture.expect(same, f"{old} of version 1 goes on otherwise", "different")


def half_floats(torture, folder):
    """Weights of 16 bits, as other programs write them."""
    encoders = {
        "BF16": lambda word: word[2:],
        "F16": lambda word: struct.pack("<e", *struct.unpack("<f", word)),
    }
    for kind, encode in encoders.items():
        file = sound(torture, folder)
        tensors = []
        for name, entry in file.entries():
            begin, end = entry["data_offsets"]
            data = bytes(file.payload[begin:end])
            is_weight = not name.startswith("training.")
            if is_weight:
                data = b"".join(encode(data[at : at + 4]) for at in range(0, len(data), 4))
            tensors.append((name, kind if is_weight else "F32", entry["shape"], data))
        replace_tensors(file, tensors)
        read(torture, written(folder, kind, file), 0)


def foreign_tensors(torture, folder):
    """Tensors that charnn does not know, whatever their type."""
    for kind, size in {"I64": 8, "U8": 1, "BOOL": 1, "F64": 8, "F8_E4M3": 1, "Q9": 5}.items():
        file = sound(torture, folder)
        file.append("other", kind, [3], bytes(3 * size))
        read(torture, written(folder, kind, file), 0)


# MARK: What must be refused


def overlap(file):
    """two tensors in one place"""
    file.header["other"] = dict(file.entries()[0][1])


def hole(file):
    """bytes between two tensors that are nobody's"""
    first, *others = file.entries()
    end = first[1]["data_offsets"][1]
    file.payload[end:end] = bytes(8)
    for _, entry in others:
        entry["data_offsets"] = [place + 8 for place in entry["data_offsets"]]


def trailing(file):
    """bytes behind the last tensor"""
    file.payload += bytes(8)


def beyond(file):
    """a tensor that ends behind the end"""
    del file.payload[-4:]


def not_a_number(file):
    """a weight that is no number"""
    file.payload[:4] = struct.pack("<f", float("nan"))


def infinite_moment(file):
    """an infinite moment of the optimiser"""
    file.payload[-4:] = struct.pack("<f", float("inf"))


def twice(file):
    """one name twice"""
    name, entry = file.entries()[0]
    text = json.dumps(file.header)
    return text[:-1] + f", {json.dumps(name)}: {json.dumps(entry)}}}"


def broken_rules(torture, folder):
    for rule in overlap, hole, trailing, beyond, not_a_number, infinite_moment, twice:
        file = sound(torture, folder)
        # `encoded` makes it one of version 1; a text of its own must be that already.
        file.encoded()
        path = written(folder, rule.__name__, file.encoded(rule(file)))
        # Only what goes on training reads moments; it may write the file, so it comes last.
        if rule is not infinite_moment:
            read(torture, path, 65)
        torture.run("train", "--resume", "--epochs", 3, "--quiet", "--out", path, allowed=(65,))


def deep_headers(torture, folder):
    """No depth of brackets ends the program."""
    for levels in 100, 512, 100_000, 5_000_000:
        for opening, closing in (b"[", b"]"), (b'{"a":', b"}"):
            for end in b"", b"1" + closing * levels + b"}":
                header = b'{"x":' + opening * levels + end
                path = written(folder, "deep", struct.pack("<Q", len(header)) + header)
                torture.run("inspect", path, allowed=(65,))


def many_entries(torture, folder):
    """Thousands of tensors that share a megabyte do not take gigabytes."""
    size = 1 << 20
    file = sound(torture, folder)
    entry = {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}
    names = {f"rnn.weight_{number}": entry for number in range(8_000)}
    file.header = {"__metadata__": file.header["__metadata__"], **names}
    file.payload = bytearray(size)
    read(torture, written(folder, "entries", file), 65, memory=TIGHT)


# MARK: Odd vocabularies


def with_vocabulary(torture, folder, tokens, objective="next"):
    """A model of an RNN of two units with these tokens, all of whose weights are 0."""
    file = sound(torture, folder, "--cell", "rnn", "--hidden", 2, "--objective", objective)
    for key in "training", "text":
        file.header["__metadata__"].pop(key, None)
    file.header["__metadata__"]["vocabulary"] = json.dumps(tokens)
    size, sides = len(tokens), ("", "_reverse")[: 2 if objective == "cloze" else 1]
    shapes = {"linear.bias": [size], "linear.weight": [size, 2 * len(sides)]}
    for side in sides:
        shapes[f"rnn.bias_hh_l0{side}"] = shapes[f"rnn.bias_ih_l0{side}"] = [2]
        shapes[f"rnn.weight_hh_l0{side}"] = [2, 2]
        shapes[f"rnn.weight_ih_l0{side}"] = [2, size]
    tensors = []
    for name, shape in sorted(shapes.items()):
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        tensors.append((name, "F32", shape, bytes(4 * count)))
    replace_tensors(file, tensors)
    return file


def small_models(torture, folder):
    """A vocabulary of one token, or of none that stands for a character, is used or refused."""
    for objective in "next", "cloze":
        for name, tokens in {"unknown": ["<unk>"], "one": ["t"], "two": ["<unk>", "t"]}.items():
            file = with_vocabulary(torture, folder, tokens, objective)
            path = written(folder, f"{objective}-{name}", file)
            read(torture, path, 0, 64, 65)
            # Only a model of gaps fills some, and only with characters.
            can_fill = objective == "cloze" and name != "unknown"
            allowed = (0, 65) if can_fill else (64, 65)
            torture.run("predict", "--fill", "__", "--model", path, allowed=allowed)


def million_tokens(torture, folder):
    """They are read in memory that the file's size bounds."""
    tokens = [chr(0x10000 + number) for number in range(1_000_000)]
    path = written(folder, "million", with_vocabulary(torture, folder, tokens))
    torture.run("inspect", path, memory=TIGHT + 20 * os.path.getsize(path))


def same_words(torture, folder):
    """Of a file with several faults the same one is named every time."""
    file = sound(torture, folder)
    for _, entry in file.entries():
        entry["shape"] = [*entry["shape"], 1]
    path = written(folder, "faults", file)
    messages = {torture.run("inspect", path, allowed=(65,)).messages for _ in range(20)}
    torture.expect(len(messages) == 1, f"{path} is refused in several words: {messages}")
