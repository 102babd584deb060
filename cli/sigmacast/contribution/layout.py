"""How a rule's text is laid out: changes of lines and blanks that cut, shift and paste.

Every function takes a text of one YAML document and gives one with the same content, or the text
itself where there is nothing to do. None is trusted: ``formatting`` parses the text before and
after each, and takes back what has changed its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from sigmacast.marks import line_starts
from sigmacast.yaml_reader import nodes

ODD_LINE_ENDS = frozenset("\x85\u2028\u2029")
"""YAML 1.1 ends lines here, and editors do not: such a text is left alone."""

_BLOCK_HEAD = re.compile(r"[|>][+-]?(?P<indent>\d?)")


def one_entry_a_line(text: str, indent: int) -> str:
    """Lists in brackets, ``[a, b]``, as a value of a key, written one entry a line."""
    root = _root(text)
    starts = line_starts(text)
    if root is None:
        return text
    parts: list[str] = []
    at = 0
    for key, value in _bracketed(root):
        begin, end = _offset(starts, value.start_mark), _offset(starts, value.end_mark)
        rest = text[end : text.find("\n", end) if "\n" in text[end:] else len(text)]
        if rest.strip() or "#" in text[begin:end]:
            continue
        blanks = " " * (key.start_mark.column + indent)
        lines = [
            f"\n{blanks}- {text[_offset(starts, item.start_mark) : _offset(starts, item.end_mark)]}"
            for item in value.value
        ]
        parts += [text[at:begin].rstrip(" "), *lines]
        at = end
    return "".join([*parts, text[at:]])


def indented(text: str, indent: int) -> str:
    """Blocks shifted so that each is *indent* columns further in than what it belongs to."""
    root = _root(text)
    if root is None or ODD_LINE_ENDS.intersection(text):
        return text
    lines = text.split("\n")
    shifts = _Shifts(lines, indent)
    shifts.collection(root, 0, len(lines))
    return "\n".join(shifts.shifted())


def ordered(text: str, order: Sequence[str]) -> str:
    """The keys at the top in an order; those that it does not name follow as they stood.

    Comments directly above a key go with it.
    """
    parts = _sections(text)
    if parts is None:
        return text
    head, sections = parts
    places = {key: place for place, key in enumerate(order)}
    moved = sorted(sections, key=lambda each: places.get(each.key, len(order)))
    if moved == sections:
        return text
    if not sections[-1].text.endswith("\n"):
        moved = [Section(s.key, s.text if s.text.endswith("\n") else f"{s.text}\n") for s in moved]
    return head + "".join(section.text for section in moved)


def without_key(text: str, key: str) -> str:
    """The text without one key at the top."""
    parts = _sections(text)
    if parts is None:
        return text
    head, sections = parts
    return head + "".join(section.text for section in sections if section.key != key)


def with_line(text: str, line: str) -> str:
    """The text with one more line at its end."""
    return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{line}\n"


def without_start(text: str) -> str:
    """The text without the ``---`` that a document may begin with."""
    return re.sub(r"\A((?:[ \t]*(?:#[^\n]*)?\n)*)---[ \t]*\n", r"\1", text)


def without_blanks(text: str, most: int) -> str:
    """No blanks at the ends of lines, at most *most* empty lines together, a line end at the end.

    What stands in texts of several lines is their content and stays.
    """
    root = _root(text)
    if root is None or ODD_LINE_ENDS.intersection(text):
        return text
    inner = set(_lines_of_texts(root))
    kept: list[str] = []
    empty = 0
    for number, line in enumerate(text.split("\n")):
        cut = line if number in inner else line.rstrip(" \t")
        empty = 0 if cut or number in inner else empty + 1
        if empty <= most:
            kept.append(cut)
    while len(kept) > most + 1 and not any(kept[-(most + 2) :]):
        kept.pop()
    return "\n".join(kept) if kept and not kept[-1] else "\n".join([*kept, ""])


@dataclass(frozen=True, slots=True)
class Section:
    """A key at the top with all that belongs to it, comments above it included."""

    key: str
    text: str


def _root(text: str) -> yaml.MappingNode | None:
    """The one mapping in block form that the text is; None for any other."""
    found = nodes(text)
    if len(found) != 1 or not isinstance(found[0], yaml.MappingNode) or found[0].flow_style:
        return None
    return found[0] if found[0].start_mark.column == 0 else None


def _sections(text: str) -> tuple[str, list[Section]] | None:
    """What stands above the first key, and the keys; None where they cannot be told apart."""
    root = _root(text)
    if root is None or ODD_LINE_ENDS.intersection(text):
        return None
    starts = line_starts(text)
    lines = text.split("\n")
    begins = [_first_line(lines, key.start_mark.line) for key, _ in root.value]
    if begins != sorted(set(begins)):
        return None
    begins[0] = root.value[0][0].start_mark.line
    edges = [*(starts[line] for line in begins), len(text)]
    names = [str(key.value) for key, _ in root.value]
    pieces = zip(names, edges, edges[1:], strict=False)
    return text[: edges[0]], [Section(name, text[begin:end]) for name, begin, end in pieces]


def _first_line(lines: Sequence[str], line: int) -> int:
    """Where the comments directly above a key begin, else the key's own line."""
    while line and lines[line - 1].startswith("#"):
        line -= 1
    return line


def _bracketed(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.SequenceNode]]:
    """Keys in block form with a list of plain values in brackets, in the order of the text."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            if _is_bracketed_list(value) and value.start_mark.line == key.start_mark.line:
                yield key, value
            else:
                yield from _bracketed(value)
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        for item in node.value:
            yield from _bracketed(item)


def _is_bracketed_list(node: yaml.Node) -> bool:
    return (
        isinstance(node, yaml.SequenceNode)
        and bool(node.flow_style)
        and bool(node.value)
        and all(isinstance(item, yaml.ScalarNode) for item in node.value)
    )


def _lines_of_texts(node: yaml.Node) -> Iterator[int]:
    """The lines that lie within a text of several lines: theirs are not ours to change."""
    if isinstance(node, yaml.ScalarNode):
        # A block's text ends where the next line begins, any other in its last line.
        is_block = node.style in ("|", ">")
        first = node.start_mark.line + is_block
        last = node.end_mark.line
        yield from range(first, last if is_block else last + (last > first))
        return
    for each in node.value:
        for part in each if isinstance(node, yaml.MappingNode) else (each,):
            yield from _lines_of_texts(part)


def _offset(starts: Sequence[int], mark: yaml.Mark) -> int:
    return starts[mark.line] + mark.column


class _Shifts:
    """How far each line has to go to the right, or with a number below 0 to the left."""

    def __init__(self, lines: Sequence[str], indent: int) -> None:
        self._lines = lines
        self._indent = indent
        self._by_line = [0] * len(lines)
        self._inner: set[int] = set()

    def collection(self, node: yaml.Node, column: int, end: int) -> None:
        """A mapping or list in block form that is to begin at a column; *end* is the line after."""
        children = self._children(node)
        firsts = [first.start_mark.line for first, _ in children]
        by = column - node.start_mark.column
        for number, (first, value) in enumerate(children):
            start = firsts[number]
            after = firsts[number + 1] if number + 1 < len(firsts) else end
            self._by_line[start:after] = [by] * (after - start)
            is_item = isinstance(node, yaml.SequenceNode)
            self._value(value, first.start_mark.column + by, start, after, is_item=is_item)

    def shifted(self) -> Iterator[str]:
        """All lines in their new places."""
        for number, line in enumerate(self._lines):
            by = self._by_line[self._governing(number)]
            if by >= 0:
                yield f"{' ' * by}{line}" if line.strip() else line
            else:
                blanks = len(line) - len(line.lstrip(" "))
                yield line[min(-by, blanks) :]

    def _value(self, node: yaml.Node, column: int, line: int, after: int, *, is_item: bool) -> None:
        """What a key, or the dash of an item, at a column stands before."""
        if isinstance(node, yaml.ScalarNode):
            self._text(node, column, is_item=is_item)
        elif getattr(node, "flow_style", False) or not node.value:
            self._inner.update(range(node.start_mark.line + 1, node.end_mark.line + 1))
        elif is_item:  # behind its dash, from the same line on
            self.collection(node, column, after)
        elif node.start_mark.line > line:
            self.collection(node, column + self._indent, after)

    def _text(self, node: yaml.ScalarNode, column: int, *, is_item: bool) -> None:
        inner = list(_lines_of_texts(node))
        self._inner.update(inner)
        if node.style not in ("|", ">") or is_item:
            return
        head = _BLOCK_HEAD.search(self._lines[node.start_mark.line], node.start_mark.column)
        texts = [self._lines[each] for each in inner if self._lines[each].strip()]
        if not texts or head is None or head["indent"]:
            return
        by = column + self._indent - min(len(each) - len(each.lstrip(" ")) for each in texts)
        for each in inner:
            self._by_line[each] = by

    def _children(self, node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        """Where each entry begins, and its value."""
        if isinstance(node, yaml.MappingNode):
            return list(node.value)
        return [(item, item) for item in node.value]

    def _governing(self, number: int) -> int:
        """The line whose place decides: a comment goes with the entry that it stands above."""
        line = self._lines[number]
        if not line.lstrip().startswith("#") or number in self._inner:
            return number
        column = len(line) - len(line.lstrip())
        below = next((n for n in range(number + 1, len(self._lines)) if self._is_content(n)), None)
        if below is not None:
            other = self._lines[below]
            if len(other) - len(other.lstrip()) == column:
                return below
        return number

    def _is_content(self, number: int) -> bool:
        line = self._lines[number].lstrip()
        return bool(line) and (not line.startswith("#") or number in self._inner)
