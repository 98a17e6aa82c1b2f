package io.parley.api;

/** One thing wrong with one field of an input. */
public record Fault(String field, String message) {}
