package io.parley.api.problem;

/** One thing wrong with one field of an input. */
public record InputError(String field, String message) {}
