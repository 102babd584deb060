r"""Splunk's configuration files, and an app made of them.

The parser is ``addonfactory-splunk-conf-parser-lib`` (PyPI), which Splunk's own add-on tools use.
It hardly refuses anything: a second stanza or key of the same name replaces the first, a stray line
joins the value before it, a line that begins with ``rem`` is dropped. So we read each file by rules
of our own and refuse it where the two readings differ. Every line has to be a header, a comment
(``#``), blank, ``key = value``, or the rest of a value whose line ended in ``\`` after a blank,
which is how such values are written; the backslash at the end of ``C:\`` is refused.

On top of that, for the keys that we know (an unknown one is refused; ``display.*`` and the actions
of others are free):

- each value: numbers, booleans, enums, cron, relative times, the JSON of Enterprise Security;
- what belongs together: a schedule and its time range (no gaps, at most twelve runs an hour),
  ``counttype`` with ``relation`` and ``quantity``, suppression with its period and fields,
  a detection of Enterprise Security with a name that ends in "- Rule", a finding with its title;
- an app: ``app.conf``, access, macros and lookups that are used and exist, KV-store collections,
  CSV files, nothing but what belongs into an app.

Not seen: whether the SPL is good (ask its own proof), whether a ``$token$`` is a field of the
result. ``;`` and ``*`` begin a comment for Splunk's tools, and are refused there.
``splunk-appinspect`` judges the same packages, see ``tests/splunk``.

Sources: Splunk ``savedsearches.conf.spec``, ``app.conf.spec``, ``macros.conf.spec``,
``transforms.conf.spec``, ``collections.conf.spec``, ``default.meta.spec``; splunk/contentctl
``savedsearches_detections.j2``; Splunk Enterprise Security 8.4, "Create event-based detections".
"""

from __future__ import annotations

from proofs.splunk_conf.app import prove_app, prove_package
from proofs.splunk_conf.lines import Conf, parse
from proofs.splunk_conf.searches import prove_savedsearches

__all__ = ["Conf", "parse", "prove_app", "prove_package", "prove_savedsearches"]
