"""How results look: one module for each form."""
