"""What the host itself says of its team: our TOML, or what Windows, Linux and Open vSwitch print. See `read`."""
