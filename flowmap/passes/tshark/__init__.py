"""What tshark makes of a capture: the decoder for what no other reader reads, and the recount for `flowmap verify`."""
