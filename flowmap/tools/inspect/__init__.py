"""`flowmap inspect`: what is in captures, before anything is made of it."""
