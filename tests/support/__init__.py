"""Pieces that tests share; a test or a conftest imports them from here alone."""
