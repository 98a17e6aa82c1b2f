package io.parley.api.problem;

/** One error in one field of a request. */
public record InputError(String field, String message) {}
