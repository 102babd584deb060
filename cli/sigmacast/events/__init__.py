"""CloudTrail events out of files, folders and standard input, whatever they are wrapped in."""

from sigmacast.events.reader import Event, EventReader, Problem

__all__ = ["Event", "EventReader", "Problem"]
