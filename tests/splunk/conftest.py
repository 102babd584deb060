"""Collects these tests where Splunk's tools are, and says whether they can reach the network."""

from __future__ import annotations

import os

from splunk.running import isolation

collect_ignore_glob = [] if os.environ.get("SIGMACAST_SPLUNK") == "1" else ["test_*.py"]


def pytest_report_header() -> str:
    cut = "cut off (unshare)" if isolation() else "proxied to nowhere (no unshare here)"
    return f"network of Splunk's tools: {cut}"
