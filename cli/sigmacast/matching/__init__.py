"""What a Sigma rule means on a raw CloudTrail event.

``paths`` says what a field of an event holds, ``comparing`` how values compare, ``patterns`` and
``regex`` how texts are searched, ``values`` what each kind of Sigma value asks of them. ``nodes``
puts these together as the rule's condition does, ``rules`` compiles a rule, ``index`` meets events
with many rules, ``correlations`` counts and orders what the rules matched.
"""
