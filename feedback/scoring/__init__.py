"""What a round shows of its answers, and what it keeps back. No Django: plain values in, plain values out."""
