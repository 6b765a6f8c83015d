"""The layers below IP, compiled."""
