/** The operations of the contract, one for each operationId. Knows neither HTTP nor sockets. */
@NullMarked
package io.parley.api.operations;

import org.jspecify.annotations.NullMarked;
