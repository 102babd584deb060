"""Making events for a rule: its alternatives (``branches``), values that a test accepts
(``samples``), whole records to put them in (``records``), and changes that undo a match
(``near_misses``). Nothing here is believed: ``sigmacast.synthesizing`` asks the matcher.
"""
