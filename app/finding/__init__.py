"""One search over all nouns that people look for by name."""
