"""The report of ``convert -f``: artifacts out as files or text, findings said, the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sigmacast import exit_codes
from sigmacast.artifacts import Artifact, Product
from sigmacast.deploying import Deployed
from sigmacast.diagnostics import Diagnostic, Severity
from sigmacast.errors import UsageError
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.output import is_folder, write_all, write_whole
from sigmacast.reports import jsonl, text
from sigmacast.reports.inputs import tell_missing, tell_nothing, tell_stale
from sigmacast.reports.terminal import Terminal


class ArtifactReport:
    """Takes what became of each rule; writes files whole, or text on standard output."""

    def __init__(
        self, terminal: Terminal, artifact: Artifact, *, as_json: bool, output: str | None
    ) -> None:
        self._terminal = terminal
        self._artifact = artifact
        self._json = as_json
        self._output = output
        self._products: list[Product] = []
        self._lines: list[str] = []
        self._said: set[tuple[str, Diagnostic]] = set()
        self._failed = 0
        if artifact.bundle is not None and output is None and not as_json:
            raise UsageError(
                f"-f {artifact.name} makes several files: give a folder or an archive with -o, "
                "such as -o build/my_detections.tar.gz"
            )

    def add(self, deployed: Deployed) -> None:
        """Take one rule on one target, and say what was found."""
        conversion = deployed.conversion
        self._failed += conversion.error is not None
        self._products.extend(deployed.products)
        if self._json:
            self._lines.append(jsonl.conversion_line(conversion))
            return
        for finding in conversion.diagnostics:
            told = (conversion.rule.path, finding)
            if told in self._said:
                continue
            self._said.add(told)
            about = None if finding.concerns_every_target else conversion.target
            line = text.finding(*told, about, colour=self._terminal.talk_colour)
            if finding.severity is Severity.ERROR:
                self._terminal.error(line)
            else:
                self._terminal.talk(line)

    def finish(
        self, rules: Ruleset, stale: Sequence[tuple[RuleSource, Diagnostic]], *, strict: bool
    ) -> int:
        """Write what is to be written; the exit code of the run.

        Raises UsageError where the output cannot be written or does not fit what was made.
        """
        tell_missing(self._terminal, rules.missing)
        tell_stale(self._terminal, stale)
        if not rules.rules and not rules.unusable:
            return tell_nothing(self._terminal, rules.missing)
        self._write()
        if self._failed:
            self._terminal.talk(f"{len(self._products)} made, {self._failed} not")
        return (
            exit_codes.FAILED
            if self._failed or rules.missing or (strict and stale)
            else exit_codes.OK
        )

    def _write(self) -> None:
        if self._json:
            self._put("".join(f"{line}\n" for line in self._lines))
        elif not self._products:
            return
        elif self._artifact.bundle is not None:
            assert self._output is not None
            self._refuse_twins()
            write_all(self._output, self._artifact.bundle(self._output, self._products))
        elif self._output is not None and is_folder(self._output):
            write_all(self._output, self._files())
        else:
            self._put(self._joined())

    def _put(self, content: str) -> None:
        if self._output is None:
            self._terminal.result(content.removesuffix("\n"))
        else:
            write_whole(Path(self._output), content)

    def _joined(self) -> str:
        between = self._artifact.joined
        if between is None and len(self._products) > 1:
            raise UsageError(
                f"-f {self._artifact.name} makes one file a rule, and there are "
                f"{len(self._products)}: give a folder with -o"
            )
        self._refuse_twins()
        texts = [product.text.rstrip("\n") for product in self._products]
        return (between or "").join(texts) + "\n"

    def _refuse_twins(self) -> None:
        """One of two would replace the other when the SIEM imports them."""
        counted = Counter(product.identity for product in self._products)
        twice = [name for name, count in counted.items() if count > 1]
        if twice:
            raise UsageError(
                f"two {self._artifact.title} would be the same one ({twice[0]}): make them for one "
                "target at a time, or give the rules ids and titles of their own"
            )

    def _files(self) -> dict[str, str]:
        files: dict[str, str] = {}
        for product in self._products:
            name, number = product.file_name, 1
            while name in files:
                number += 1
                stem = Path(product.file_name)
                name = f"{stem.stem}.{number}{stem.suffix}"
            files[name] = product.text.rstrip("\n") + "\n"
        return files
