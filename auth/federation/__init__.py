"""Metadata of federations: whose word about universities' sign-in is believed, read once and kept as rows.

`fetching` and `verification` bring a document in, `signature` believes it, `aggregate` reads it, `sources` keeps it,
`entities` looks one university up. Verification runs in a process of its own, never in one that serves pages.
"""
