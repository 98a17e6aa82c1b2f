/** The contract, {@code openapi.yaml}, compiled into checks that run on the event loop. */
@NullMarked
package io.parley.api.contract;

import org.jspecify.annotations.NullMarked;
