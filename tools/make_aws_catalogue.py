"""Write the catalogue of AWS operations, ``pipelines/aws_catalogue.zip`` (``make aws-catalogue``).

It is made of the service models that botocore ships, all API versions, and of ``aws_names.csv``
beside this file; the package ``aws_catalogue`` makes it, and tells how.

With ``--check`` nothing is written, and the exit code is 1 if the file is out of date. It is 1 too
if botocore is not here in the version that ``aws_names.csv`` names. The same botocore always gives
the same contents, whichever zlib packs them.
"""

from __future__ import annotations

import sys

from aws_catalogue.archive import catalogue, save, saved
from aws_catalogue.models import WrongBotocore
from sigmacast.resources import pipelines_folder

CATALOGUE = "aws_catalogue.zip"


def main(arguments: list[str]) -> int:
    """Write the catalogue, or compare it with ``--check``; returns the exit code."""
    path = pipelines_folder() / CATALOGUE
    try:
        files = catalogue()
    except WrongBotocore as wrong:
        print(wrong, file=sys.stderr)
        return 1
    if "--check" not in arguments:
        save(path, files)
    elif saved(path) != files:
        print(f"out of date: {CATALOGUE}; run `make aws-catalogue`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
