"""The profiles of ``--profile``: whose conventions the validators hold rules to."""

PROFILES = ("sigmahq",)
