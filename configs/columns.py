# SPDX-License-Identifier: MIT
"""Three columns of a list, for columns.json."""


def columns(numbers):
    """One row per number: itself, its square, its cube."""
    for number in numbers:
        yield {"a_": number, "b_": number**2, "c_": number**3}
