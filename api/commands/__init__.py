"""What `mutua` can do on the command line: one module per group of commands, each with its `app`."""
