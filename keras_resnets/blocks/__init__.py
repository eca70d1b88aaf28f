"""Blocks: pure functions on Keras tensors, `(x, filters, stride, *, ..., name) -> x`."""
