package io.parley.simulator;

/** A field of a request and why it is invalid. */
record FieldError(String field, String message) {}
