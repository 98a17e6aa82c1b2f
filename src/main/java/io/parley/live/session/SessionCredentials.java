package io.parley.live.session;

import io.parley.api.auth.Caller;
import io.parley.identity.ClientAddress;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A caller, and how to check again whether the credentials are still valid.
 *
 * @param checkedSince the loop's time at which their check may have begun
 * @param recheck returns the caller as of now, or fails; empty if nothing can expire
 * @param address where the client connected from
 */
public record SessionCredentials(
    Caller caller,
    long checkedSince,
    Optional<Supplier<Future<Caller>>> recheck,
    ClientAddress address) {}
