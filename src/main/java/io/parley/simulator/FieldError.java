package io.parley.simulator;

/** What is wrong with one field. */
record FieldError(String field, String message) {}
