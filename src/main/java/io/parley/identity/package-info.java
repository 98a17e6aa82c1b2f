/**
 * Who people and programs are: parties, accounts, credentials, and the verbs that ask about them.
 *
 * <p>Vocabulary: records, rules and addresses; no SQL, no HTTP. A party is anyone who can be in a
 * conversation; an account is a party who can sign in.
 */
@NullMarked
package io.parley.identity;

import org.jspecify.annotations.NullMarked;
