/**
 * The operations of the API: one for each operationId of the contract.
 *
 * <p>Checks permission and input, sends a request on the bus, and forms the answer. Independent of
 * HTTP and sockets: both edges call {@link io.parley.api.operations.Operations#perform}, so they
 * answer alike by construction. An operation receives its path, query and body parameters as the
 * fields of one {@link io.parley.api.operations.Input}; the contract uses no name twice.
 */
@NullMarked
package io.parley.api;

import org.jspecify.annotations.NullMarked;
