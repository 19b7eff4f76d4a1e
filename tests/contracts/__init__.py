"""Contracts: reading them, and what is said of wrong ones."""
