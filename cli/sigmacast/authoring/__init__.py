"""Parts of ``sigmacast new``: what a rule is to say, and the texts that say it."""
