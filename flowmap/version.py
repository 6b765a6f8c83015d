"""The version of flowmap: here alone, where the package's metadata and every module take it from."""

__all__ = ["__version__"]

__version__ = "0.1.0"
