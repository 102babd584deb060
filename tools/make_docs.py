"""Write docs/diagnostics.md from the declarations (``make docs``); ``--check`` compares only."""

from __future__ import annotations

import sys
from pathlib import Path

from sigmacast.diagnostics import CODES, Code

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "diagnostics.md"
EXAMPLES = DOCS / "examples"
HEAD = """# Diagnostics

What sigmacast tells about a rule. A **note** changes nothing in the meaning, a **warning** is a
difference between the rule and the query, an **error** stands in place of a query. `--strict`
turns warnings into errors. On the command line: `sigmacast list diagnostics [CODE]`.

This page is made by `make docs` from the declarations in `cli/sigmacast/codes/` and the
rules in `docs/examples/`, which the tests run; a code without an example needs more than one file
to show itself.

| code | severity | |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = "".join(
        f"| [{code.code}](#{code.code.lower()}) | {code.severity.value} | {code.title} |\n"
        for code in CODES.values()
    )
    return HEAD + rows + "".join(map(section, CODES.values()))


def section(code: Code) -> str:
    """One code."""
    return (
        f"\n## {code.code}\n\n**{code.title}** ({code.severity.value})\n\n"
        f"Why it matters: {code.why}\n\nCure: {code.cure}\n"
    ) + example(code)


def example(code: Code) -> str:
    """The rule that shows it, with the command to run, and its deployment if it needs one."""
    path = EXAMPLES / f"{code.code}.yml"
    if not path.is_file():
        return ""
    shown = f"\nExample:\n\n```yaml\n{path.read_text(encoding='utf-8')}```\n"
    deployment = EXAMPLES / "deployments" / path.name
    if deployment.is_file():
        text = deployment.read_text(encoding="utf-8")
        shown += f"\nwith `deployments/{path.name}`:\n\n```yaml\n{text}```\n"
    return shown


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    new = page()
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if "--check" in arguments:
        if new != old:
            print(f"{PAGE.name} is out of date; run `make docs`", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
