/** Who the caller is: credentials, tokens, API keys, webhook signatures. */
@NullMarked
package io.parley.api.auth;

import org.jspecify.annotations.NullMarked;
