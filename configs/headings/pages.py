# SPDX-License-Identifier: MIT
"""The first heading of an HTML page, for headings.json: called once per page, in a python3 that stays."""
from html.parser import HTMLParser


class FirstHeading(HTMLParser):
    def __init__(self):
        super().__init__()
        self.depth = 0
        self.done = False
        self.words = []

    def handle_starttag(self, tag, attrs):
        if tag == "h1" and not self.done:
            self.depth += 1

    def handle_endtag(self, tag):
        if tag == "h1" and self.depth:
            self.depth = 0
            self.done = True

    def handle_data(self, data):
        if self.depth and not self.done:
            self.words.append(data)


def first_heading(page):
    """The text of the first <h1>, blanks as single spaces; None (no output) where there is none."""
    parser = FirstHeading()
    parser.feed(page)
    text = " ".join("".join(parser.words).split())
    return text or None
