package io.parley.live;

import io.parley.api.auth.Caller;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Who was let in.
 *
 * @param again finds out who they are now; empty where nothing of it can end
 */
record SessionIdentity(Caller caller, Optional<Supplier<Future<Caller>>> again) {}
