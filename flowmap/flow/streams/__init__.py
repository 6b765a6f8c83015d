"""TCP streams, made of the flow rows of all members, and the migrations among them."""
