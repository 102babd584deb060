"""The commands: arguments in, one library call, a report out."""
