package io.parley.identity;

import java.util.UUID;

/**
 * An idempotency key: a request that is repeated under it is executed only once.
 *
 * @param request a hash of the request, which detects a key that is reused for a different one
 */
public record RequestKey(String key, UUID request) {}
