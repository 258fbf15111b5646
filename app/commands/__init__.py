"""Commands of the `stagepath` program, a module each; `app.cli` lists them."""
