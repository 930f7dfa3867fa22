# SPDX-License-Identifier: MIT
"""Prints the links of one page, absolute, each once, in the page's order: the source of headings.json."""
import sys
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class Links(HTMLParser):
    def __init__(self, base):
        super().__init__()
        self.base = base
        self.found = {}

    def handle_starttag(self, tag, attrs):
        href = dict(attrs).get("href")
        if tag == "a" and href:
            url = urllib.parse.urldefrag(urllib.parse.urljoin(self.base, href)).url
            if url.startswith(("http://", "https://")) and url != self.base:
                self.found[url] = True


def main():
    with urllib.request.urlopen(sys.argv[1], timeout=20) as page:
        links = Links(page.url)
        links.feed(page.read().decode("utf-8", "replace"))
    print("\n".join(links.found))


if __name__ == "__main__":
    main()
