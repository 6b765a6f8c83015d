"""The pages of `flowmap explain`: what findings, notices, words and modes mean."""
