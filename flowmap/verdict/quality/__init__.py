"""Notices that only show once all captures are together: what is missing, apart, cut or contradicted."""
