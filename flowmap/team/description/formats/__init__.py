"""What prints or holds a description of a team, a file for each: Windows, Linux, Open vSwitch, ESXi, switches, our TOML."""
