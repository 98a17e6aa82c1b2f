package io.parley.live.session;

import com.fasterxml.jackson.core.JsonGenerator;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.bus.Bus;
import io.parley.bus.Endpoint;
import io.parley.bus.Topic;
import io.parley.conversation.ConversationEvents;
import io.parley.identity.Account;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.FindNamedUsers;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.live.frame.SharedFrame;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The operation {@code presence}, and the event of that name: which clients of one event loop watch
 * which accounts. Who is online is known by {@code OnlineUsers}, once per node.
 */
public final class Presence {
  /** An account came online or went offline; {@code event} is what its watchers receive. */
  public record Changed(long account, byte[] event) {}

  public static final Topic<Changed> TOPIC = new Topic<>("live.presence", Changed.class);

  /** A socket of {@code party} on this node opened or ended. */
  public record Attend(Party party, boolean here) {}

  public record Noted() {}

  public static final Endpoint<Attend, Noted> ATTEND =
      new Endpoint<>("live.attend", Attend.class, Noted.class);

  /** Which of these accounts are online, and when the others were last seen, if that is known. */
  public record FindState(List<Long> accounts) {}

  public record State(Set<Long> online, Map<Long, Instant> seen) {}

  public static final Endpoint<FindState, State> FIND_STATE =
      new Endpoint<>("live.find-state", FindState.class, State.class);

  private final Bus bus;
  private final LongObjectMap<Set<Client>> watchers = new LongObjectHashMap<>();
  private final Map<Client, List<Long>> watched = new HashMap<>();

  Presence(Bus bus) {
    this.bus = bus;
  }

  /** A socket of {@code caller} opened. */
  void arrived(Caller caller) {
    attend(caller, true);
  }

  /** A socket of {@code caller} ended. */
  void left(Caller caller) {
    attend(caller, false);
  }

  private void attend(Caller caller, boolean here) {
    if (caller instanceof Caller.User user) {
      bus.request(ATTEND, new Attend(user.account().party(), here));
    }
  }

  /**
   * Returns the presence of {@code users}, and makes {@code client} watch them instead of those it
   * has watched before.
   */
  Future<Answer> perform(Client client, Map<String, @Nullable Object> body) {
    if (!(body.get("users") instanceof List<?> users)) {
      throw new IllegalStateException("the contract does not require users");
    }
    List<String> refs = new LinkedHashSet<>(users).stream().map(String::valueOf).toList();
    return bus.request(IdentityVerbs.FIND_NAMED_USERS, new FindNamedUsers(refs))
        .compose(found -> watchAndFindState(client, found.accounts()));
  }

  private Future<Answer> watchAndFindState(Client client, List<Account> known) {
    List<Long> ids = known.stream().map(Account::id).toList();
    watch(client, ids);
    return bus.request(FIND_STATE, new FindState(ids))
        .map(state -> Answer.ok(JsonBytes.object(json -> write(json, known, state))));
  }

  private static void write(JsonGenerator json, List<Account> known, State state)
      throws IOException {
    json.writeArrayFieldStart("data");
    for (Account account : known) {
      json.writeStartObject();
      ConversationEvents.writePresence(
          json,
          account.party(),
          state.online().contains(account.id()),
          Optional.ofNullable(state.seen().get(account.id())));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void watch(Client client, List<Long> accounts) {
    unwatch(client);
    if (client.isClosed() || accounts.isEmpty()) {
      return;
    }
    watched.put(client, accounts);
    for (long account : accounts) {
      Set<Client> watching = watchers.get(account);
      if (watching == null) {
        watching = new HashSet<>();
        watchers.put(account, watching);
      }
      watching.add(client);
    }
  }

  void unwatch(Client client) {
    List<Long> accounts = watched.remove(client);
    if (accounts == null) {
      return;
    }
    for (long account : accounts) {
      Set<Client> watching = watchers.get(account);
      if (watching != null && watching.remove(client) && watching.isEmpty()) {
        watchers.remove(account);
      }
    }
  }

  /** Passes a change on to those who watch the account. */
  public void deliver(Changed changed) {
    Set<Client> watching = watchers.get(changed.account());
    if (watching != null) {
      SharedFrame frame = new SharedFrame(changed.event());
      List.copyOf(watching).forEach(client -> client.ephemeral(frame));
      frame.release();
    }
  }
}
