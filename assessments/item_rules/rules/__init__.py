"""The rules, one module per family. Each rule is a function of a bank that yields findings, and figures where it has any."""
