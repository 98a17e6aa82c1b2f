package io.parley.live.session;

import io.parley.api.auth.Caller;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A caller, and how to check again whether the credentials are still valid.
 *
 * @param recheck returns the caller as of now, or fails; empty if nothing can expire
 */
public record SessionCredentials(Caller caller, Optional<Supplier<Future<Caller>>> recheck) {}
