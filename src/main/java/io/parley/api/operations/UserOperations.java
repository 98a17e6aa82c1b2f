package io.parley.api.operations;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.FindUser;
import io.parley.identity.IdentityVerbs.FindUsers;
import io.parley.identity.IdentityVerbs.Users;
import io.parley.identity.PartyKind;
import io.parley.json.JsonBytes;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operations that find other users. Where email addresses are hidden, an answer shows the
 * caller's own and no other, and a search does not look at them, so that nobody can find out an
 * address by guessing; administrators see all of them.
 */
public final class UserOperations {
  private final Bus bus;
  private final boolean emailsShown;

  /** {@code emailsShown} says whether every caller sees the email addresses of all users. */
  public UserOperations(Bus bus, boolean emailsShown) {
    this.bus = bus;
    this.emailsShown = emailsShown;
  }

  public Map<String, Operation> operations() {
    return Map.of("listUsers", this::listUsers, "getUser", this::getUser);
  }

  private boolean seesEmails(Caller caller) {
    return emailsShown || caller.stopped(Access.ADMIN).isEmpty();
  }

  private Future<Answer> listUsers(Caller caller, Input input) {
    String list =
        "users "
            + input.optionalText("search").orElse("")
            + " "
            + input.optionalText("kind").orElse("");
    boolean emails = seesEmails(caller);
    FindUsers question =
        new FindUsers(
            caller.party().id(),
            input.optionalText("search"),
            emails,
            input.optionalText("kind").map(PartyKind::of),
            input.optionalText("cursor").map(cursor -> Cursor.read(cursor, list, 1).getFirst()),
            (int) input.number("limit"));
    return bus.request(IdentityVerbs.FIND_USERS, question)
        .map(
            users ->
                Answer.ok(ListEnvelope.of(entries(users, emails), next(list, question, users))));
  }

  private static List<? extends JsonBytes.Part> entries(Users users, boolean emails) {
    return emails
        ? users.accounts()
        : users.accounts().stream().map(Account::withoutEmail).toList();
  }

  private static Optional<Cursor> next(String list, FindUsers question, Users users) {
    return users.more()
        ? Optional.of(new Cursor(list, List.of(question.position(users.accounts().getLast()))))
        : Optional.empty();
  }

  private Future<Answer> getUser(Caller caller, Input input) {
    return bus.request(IdentityVerbs.FIND_USER, new FindUser(input.text("user")))
        .map(
            found ->
                found
                    .account()
                    .<Answer>map(account -> Answer.ok(shown(account, caller)))
                    .orElseGet(Problem::notFound));
  }

  private JsonBytes.Part shown(Account account, Caller caller) {
    return account.id() == caller.party().id() || seesEmails(caller)
        ? account
        : account.withoutEmail();
  }
}
