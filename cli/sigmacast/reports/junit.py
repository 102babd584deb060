"""JUnit's XML, as CI systems read it: suites of test cases."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from sigmacast.reports import text


def suites(name: str) -> ElementTree.Element:
    """The root of a report."""
    return ElementTree.Element("testsuites", name=name)


def new_suite(root: ElementTree.Element, name: str) -> ElementTree.Element:
    """A suite in it."""
    return ElementTree.SubElement(root, "testsuite", name=text.printable(name))


def new_case(suite: ElementTree.Element, path: str, name: str) -> ElementTree.Element:
    """A test case of a suite; what is put into it says that it failed or was skipped."""
    return ElementTree.SubElement(
        suite, "testcase", classname=text.printable(path), name=text.printable(name)
    )


def lines(root: ElementTree.Element) -> Iterator[str]:
    """The report, each suite with the numbers of its cases."""
    for suite in root:
        suite.set("tests", str(len(suite)))
        for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    ElementTree.indent(root)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield ElementTree.tostring(root, encoding="unicode")
