"""What a dataset may say: reads and checks its configuration file, `datasets/<id>.yaml`. Never uses the network."""
