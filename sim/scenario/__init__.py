"""What a researcher writes: the file, its quantities, its JSON Schema, and the resolved scenario."""
