"""The reading hall: what lies on the shelf in, the pages on which people look at it out. No version is written here."""
