/** Authentication of callers: passwords, tokens, API keys, tickets and webhook signatures. */
@NullMarked
package io.parley.api.auth;

import org.jspecify.annotations.NullMarked;
