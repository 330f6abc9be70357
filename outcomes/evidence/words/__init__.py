"""Every sentence the engine writes about the data, in one place, as format strings."""
