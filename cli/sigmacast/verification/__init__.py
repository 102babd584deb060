"""Parts of ``sigmacast.verifying``: what is run, on which records, and what counts as said."""
