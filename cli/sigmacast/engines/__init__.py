"""What a query of each language selects, one evaluator for each language.

They follow the vendors' documents, so that a query can be proven without a cluster: ``compile``
takes a query and gives a predicate on a document as that SIEM stores it (``sigmacast.views``).
"""
