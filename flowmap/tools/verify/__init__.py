"""`flowmap verify`: flowmap's numbers against a recount by tshark."""
