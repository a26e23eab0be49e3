"""Measurements that are repeated: cost, and quality on matches whose truth is known."""
