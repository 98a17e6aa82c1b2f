/** Accounts, logins, API keys, tickets, and when users were last seen. */
@NullMarked
package io.parley.store.identity;

import org.jspecify.annotations.NullMarked;
