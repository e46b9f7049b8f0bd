"""What `mutua doctor` looks at, one module per area: each yields findings, and changes nothing."""
