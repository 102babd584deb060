"""Exit codes of every command, in one place."""

OK = 0
"""All well (notes and warnings included)."""

FAILED = 1
"""Something failed or was found: a rule that did not convert, an unreadable file among others."""

USAGE = 2
"""Wrong usage: an unknown target, pipeline, option or setting. Nothing was converted."""

NOTHING = 3
"""No rules were found at the paths given."""
