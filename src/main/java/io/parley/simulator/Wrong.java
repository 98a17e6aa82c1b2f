package io.parley.simulator;

/** What is wrong with one field. */
record Wrong(String field, String message) {}
