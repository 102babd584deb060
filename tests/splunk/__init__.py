"""What Splunk's own tools say of what we make: ``splunk-appinspect`` and ``contentctl``.

They want an environment of their own, which ``tools/test_splunk.py`` makes. It sets
``SIGMACAST_SPLUNK=1``; without that nothing here is collected, with it nothing is skipped.
"""
