"""One module per weight, each with `convert(*sources: Path) -> bytes`. Used once, then never again while running."""
