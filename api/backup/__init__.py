"""Copies of everything that must not be lost but the keys: the database and the files of its content items."""
