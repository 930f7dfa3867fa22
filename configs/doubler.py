# SPDX-License-Identifier: MIT
"""The doubler of doubler.json."""
import os


def doubled(number):
    """The number arrives as an int, because the item is JSON."""
    return f"{number} doubled to {2 * number} by process {os.getpid()} of {os.environ['POOLTOP_STAGE']}"
