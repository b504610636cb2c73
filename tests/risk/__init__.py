"""Labelled intents: what a person would say of their risk, written down before the policy was.

High: a mistake may let somebody in, lose or leak data or money, or change what is deployed or what builds may do.
Med: a mistake reaches users or needs more than one reader, and taking it back is easy. Low: everything else.
"""
