"""The reading room: the bytes of one capture in, one `Plan` out. Pure: no network, no disk, no clock."""
