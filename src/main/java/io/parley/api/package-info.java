/**
 * What a caller can ask for, and what they are told: one operation per operationId of the contract.
 *
 * <p>Decides validity and permission, asks the bus, words the answer. Knows neither HTTP nor
 * sockets: both edges call {@link io.parley.api.operations.Operations#perform}, so their verdicts
 * are the same by construction. An operation sees its path, query and body parameters as the fields
 * of one {@link io.parley.api.operations.Input}; the contract uses no name twice.
 */
@NullMarked
package io.parley.api;

import org.jspecify.annotations.NullMarked;
