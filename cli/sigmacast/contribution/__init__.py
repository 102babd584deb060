"""The parts of a contribution to a shared repository of rules that is laid out as SigmaHQ's is."""
