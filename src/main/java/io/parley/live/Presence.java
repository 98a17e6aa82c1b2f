package io.parley.live;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Endpoint;
import io.parley.bus.Topic;
import io.parley.conversation.ConversationEvents;
import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.FindUser;
import io.parley.identity.IdentityVerbs.MaybeUser;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.live.frame.SharedFrame;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who is online, as far as the clients of one event loop want to know. */
final class Presence {
  /** Somebody came or went. */
  record Changed(long account, byte[] event) {}

  static final Topic<Changed> TOPIC = new Topic<>("live.presence", Changed.class);

  /** A socket of somebody on this node opened or ended. */
  record Attend(Party party, boolean here) {}

  record Noted() {}

  static final Endpoint<Attend, Noted> ATTEND =
      new Endpoint<>("live.attend", Attend.class, Noted.class);

  /** Which of these are online, and since when the others are not, where that is known. */
  record FindState(List<Long> accounts) {}

  record State(Set<Long> online, Map<Long, Instant> seen) {}

  static final Endpoint<FindState, State> FIND_STATE =
      new Endpoint<>("live.find-state", FindState.class, State.class);

  private static final int MOST_USERS = 200;

  private final SocketLoop desk;
  private final LongObjectMap<Set<Session>> watchers = new LongObjectHashMap<>();

  Presence(SocketLoop desk) {
    this.desk = desk;
  }

  void came(Session connection) {
    note(connection, true);
  }

  void went(Session connection) {
    note(connection, false);
  }

  private void note(Session connection, boolean here) {
    if (connection.caller() instanceof Caller.User user) {
      desk.bus().request(ATTEND, new Attend(user.account().party(), here));
    }
  }

  /** {@code {users}}: how they are now; and from then on what changes, instead of any before. */
  Future<Answer> perform(Session connection, Map<String, @Nullable Object> body) {
    Object users = body.get("users");
    if (!(users instanceof List<?> list)
        || list.size() > MOST_USERS
        || !list.stream().allMatch(Presence::isRef)) {
      return Future.succeededFuture(
          Problem.invalid("users", "must be a list of at most " + MOST_USERS + " users"));
    }
    List<Future<MaybeUser>> found =
        new LinkedHashSet<>(list)
            .stream()
                .map(
                    ref ->
                        desk.bus()
                            .request(IdentityVerbs.FIND_USER, new FindUser(String.valueOf(ref))))
                .toList();
    return Future.all(found).compose(all -> state(connection, found));
  }

  private static boolean isRef(@Nullable Object user) {
    return user instanceof Long || (user instanceof String text && text.length() <= 64);
  }

  private Future<Answer> state(Session connection, List<Future<MaybeUser>> found) {
    List<Account> known = new ArrayList<>();
    found.forEach(each -> each.result().account().ifPresent(known::add));
    List<Long> ids = known.stream().map(Account::id).distinct().toList();
    connection.watch(ids);
    return desk.bus()
        .request(FIND_STATE, new FindState(ids))
        .map(state -> Answer.ok(JsonBytes.object(json -> write(json, known, state))));
  }

  private static void write(
      com.fasterxml.jackson.core.JsonGenerator json, List<Account> known, State state)
      throws java.io.IOException {
    json.writeArrayFieldStart("data");
    Set<Long> written = new HashSet<>();
    for (Account account : known) {
      if (written.add(account.id())) {
        json.writeStartObject();
        ConversationEvents.writePresence(
            json,
            account.party(),
            state.online().contains(account.id()),
            Optional.ofNullable(state.seen().get(account.id())));
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  void watch(Session connection, List<Long> before, List<Long> now) {
    for (long account : before) {
      Set<Session> watching = watchers.get(account);
      if (watching != null && watching.remove(connection) && watching.isEmpty()) {
        watchers.remove(account);
      }
    }
    if (connection.isClosed()) {
      return;
    }
    for (long account : now) {
      Set<Session> watching = watchers.get(account);
      if (watching == null) {
        watching = new HashSet<>();
        watchers.put(account, watching);
      }
      watching.add(connection);
    }
  }

  void hear(Changed changed) {
    Set<Session> watching = watchers.get(changed.account());
    if (watching != null) {
      SharedFrame news = new SharedFrame(changed.event());
      List.copyOf(watching).forEach(connection -> connection.ephemeral(news));
      news.release();
    }
  }
}
