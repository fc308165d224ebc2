"""Reads the rows of clients/typed-reads.json, and prints what they came to in the same form."""

import json
import sys
from datetime import timedelta

import landfall_client


def read(kind, text):
    value = getattr(landfall_client, f"{kind}_of")(text)
    return value / timedelta(milliseconds=1) if isinstance(value, timedelta) else value


def refused(kind, text):
    try:
        return f"took {read(kind, text)}"
    except ValueError:
        return text


with open(sys.argv[1], encoding="utf-8") as file:
    rows = json.load(file)
print(json.dumps({
    kind: {
        "reads": [[text, read(kind, text)] for text, _ in row["reads"]],
        "refuses": [refused(kind, text) for text in row["refuses"]],
    }
    for kind, row in rows.items()
}))
