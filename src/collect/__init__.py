"""The gate: reads the order book, fetches politely, keeps raw captures. Nothing here parses content."""
