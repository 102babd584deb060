"""How other programs call sigmacast: pre-commit's hooks and GitHub's action."""
