"""``python -m sigmacast``."""

from sigmacast.app import main

main()
