"""What staff do, as mutations: inputs, payloads, and the call of the act."""
