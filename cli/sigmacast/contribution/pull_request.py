"""The text of the pull request, in the repository's own template or in a short one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sigmacast.contribution.attachments import Attachment
from sigmacast.contribution.repository import KEYS_OF_LOG_SOURCE, TEMPLATE, Repository
from sigmacast.contribution.similarity import Similar
from sigmacast.diagnostics import counted
from sigmacast.loading import RuleSource

SUMMARY, CHANGELOG = "summary", "changelog"
MAX_NAMED = 5
"""Similar rules that the text names."""

_HEADING = re.compile(r"#{1,6}\s+(?P<title>\S.*)")


def pull_request(
    repository: Repository,
    rule: RuleSource,
    similar: Sequence[Similar],
    data: Attachment,
) -> str:
    """The template with its sections filled in, all of its own text kept."""
    sections = {
        SUMMARY: list(_summary(rule, similar, data)),
        CHANGELOG: [changelog(rule)],
    }
    template = repository.text(TEMPLATE)
    if template is None or not template.strip():
        return "\n".join(_own(sections))
    return "\n".join(_filled(template.splitlines(), sections))


def changelog(rule: RuleSource) -> str:
    """The line of the changelog, which is the message of the commit, too."""
    return f"new: {' '.join(str(rule.ref.title).split())}"


def _own(sections: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, lines in sections.items():
        yield from (f"### {name.capitalize()}", "", *lines, "")


def _filled(lines: Iterable[str], sections: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The template's lines, each section with our lines at its end; what has none comes last."""
    left = dict(sections)
    waiting: Sequence[str] = ()
    blanks: list[str] = []
    in_comment = False
    for line in lines:
        heading = None if in_comment else _HEADING.match(line)
        if heading is not None:
            yield from _section_end(waiting, blanks)
            name = next((name for name in left if name in heading["title"].lower()), None)
            waiting, blanks = (left.pop(name) if name else ()), []
        if line.strip():
            yield from (*blanks, line)
            blanks = []
        else:
            blanks.append(line)
        in_comment = _is_in_comment(line, in_comment)
    yield from _section_end(waiting, blanks)
    yield from _own(left)


def _section_end(lines: Sequence[str], blanks: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", *lines)
    yield from blanks or ([""] if lines else [])


def _is_in_comment(line: str, before: bool) -> bool:
    """Whether an HTML comment is open at the end of a line."""
    begin, end = line.rfind("<!--"), line.rfind("-->")
    return before if begin == end else begin > end


def _summary(rule: RuleSource, similar: Sequence[Similar], data: Attachment) -> Iterator[str]:
    facts = rule.data
    yield from _description(facts)
    source = " / ".join(
        str(facts["logsource"][key]) for key in KEYS_OF_LOG_SOURCE if facts["logsource"].get(key)
    )
    yield f"- Log source: {source}; level: {facts.get('level') or 'not given'}"
    if data.events:
        tested = f"{counted(data.events, 'event')} that it must match"
        if data.near_misses:
            tested += f", and on {counted(data.near_misses, 'near miss')}"
        yield f"- Tested offline on {tested}"
    positives = facts.get("falsepositives")
    if isinstance(positives, list) and positives:
        yield "- False positives:"
        yield from (f"    - {' '.join(str(each).split())}" for each in positives)
    if similar:
        yield "- Rules here that come near:"
        for each in similar[:MAX_NAMED]:
            yield f"    - `{each.file.path}` {each.relation.value}"


def _description(facts: Mapping[str, Any]) -> Iterator[str]:
    said = facts.get("description")
    lines = str(said).strip().splitlines() if said else []
    if lines:
        yield from (*lines, "")
