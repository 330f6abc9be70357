"""Editing the cases of practice in the CMS: blocks made from the types that a case is read by, and what its lint says of it."""
