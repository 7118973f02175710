"""The pieces of the Projects page, one module a section."""
