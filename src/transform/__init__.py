"""The drafting table: plans and the previous release in, checked tables and what changed out. Pure."""
