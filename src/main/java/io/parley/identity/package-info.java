/**
 * The vocabulary of identity: parties, accounts, credentials, and the requests about them.
 *
 * <p>Holds records, rules and endpoint addresses; no SQL, no HTTP. A party is a person, a program
 * or an external participant in conversations; an account is a party that can sign in.
 */
@NullMarked
package io.parley.identity;

import org.jspecify.annotations.NullMarked;
