"""Files that belong to a rule and are found by its path, in a folder beside the rules.

Laid out as SigmaHQ keeps its regression data: for ``sigma/rules/cloud/x.yml`` what belongs to it is
``sigma/<folder>/rules/cloud/x``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def candidates(rule_path: str, folder: str) -> Iterator[Path]:
    """Where what belongs to a rule may be, the nearest first; without a suffix."""
    rule = Path(os.path.abspath(rule_path))
    for above in rule.parents:
        yield above / folder / rule.relative_to(above).with_suffix("")


def place(rule_path: str, folder: str) -> Path:
    """Where what belongs to a rule is to be put, without a suffix.

    Beside the outermost ``rules`` folder above the rule, else beside the rule itself.
    """
    rule = Path(os.path.abspath(rule_path))
    root = next((above.parent for above in reversed(rule.parents) if above.name == "rules"), None)
    root = rule.parent if root is None else root
    return root / folder / rule.relative_to(root).with_suffix("")
