"""What the scenarios are built from: frames (scapy), TCP connections, captures of team members, file writers."""
