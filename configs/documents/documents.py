# SPDX-License-Identifier: MIT
"""Documents of a file as rows, for documents.json."""
import re

DOCUMENT = re.compile(r'<doc id="([^"]*)" title="([^"]*)">(.*?)</doc>', re.DOTALL)


def rows(path):
    """One dict per <doc> of the file; a file that has none is an error, not silence."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if "<doc " not in text:
        raise ValueError(f"{path}: no <doc id= title=> in it")
    for number, title, body in DOCUMENT.findall(text):
        words = body.split()
        yield {"id": int(number), "title": title, "words": len(words), "text": " ".join(words)}
