"""Who announces himself on a member: addresses (ARP, ND), and switches (LLDP, CDP)."""
