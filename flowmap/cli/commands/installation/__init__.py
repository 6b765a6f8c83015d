"""Commands about this installation rather than about captures: `doctor`, `selftest` and `config show`."""
