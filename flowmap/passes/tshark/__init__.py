"""What tshark makes of a capture: the decoder for what nobody else reads, and the recount for `flowmap verify`."""
