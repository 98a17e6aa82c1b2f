package io.parley.identity;

import java.util.UUID;

/**
 * What a caller calls a request that must be done once, however often it is repeated.
 *
 * @param request a hash of what was asked
 */
public record RequestKey(String key, UUID request) {}
