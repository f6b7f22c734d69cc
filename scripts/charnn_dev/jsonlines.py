"""Files of JSON objects, one a line."""

import json


def read(path):
    """The objects; none where there is no file."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def text(values):
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def append(path, value):
    with path.open("a") as file:
        file.write(text([value]))
