"""What the rules are given: the team, its streams, and what the passes saw of them. No judgement."""
