"""FM2xx: how hosts spread over the members, and how members are chosen."""
