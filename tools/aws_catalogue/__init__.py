"""Makes the catalogue of AWS operations from botocore's service models and ``aws_names.csv``.

The way of the data, a module for each step; each imports only from those above it:

    names     the rows of ``aws_names.csv``: what CloudTrail does otherwise than the models say
    models    the service models that botocore ships
    shapes    types, and members with their flags, as they stand in events
    spelling  a model's shapes in CloudTrail's spelling
    service   the operations of one model; ``s3`` and ``ec2`` are services of their own kind
    sources   the operations of each event source, from its services and what the rows add
    packing   an event source as JSON, equal shapes once
    archive   the files of the zip, and the zip
"""
