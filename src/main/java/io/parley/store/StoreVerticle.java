package io.parley.store;

import io.parley.bus.Bus;
import io.parley.bus.Endpoint;
import io.parley.bus.Readiness;
import io.parley.bus.Turnstile;
import io.parley.channel.Channel;
import io.parley.channel.ChannelVerbs;
import io.parley.channel.DeliveriesMade;
import io.parley.channel.DispatchVerbs;
import io.parley.conversation.ConversationVerbs;
import io.parley.file.FileVerbs;
import io.parley.identity.Identity;
import io.parley.identity.KeyVerbs;
import io.parley.identity.TicketVerbs;
import io.parley.insight.InsightVerbs;
import io.parley.settings.AuthSettings;
import io.parley.settings.DatabaseSettings;
import io.parley.timeline.Delivery;
import io.parley.timeline.NewsDoubted;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens the database and serves every verb that needs it. Its state lives on its one event loop.
 */
public final class StoreVerticle extends VerticleBase {
  private static final int LARGE_QUESTIONS = 2;
  private static final int LARGE_QUESTIONS_WAITING = 100;
  private static final long SWEEP_MS = 3_000;
  private static final long MINUTE_MS = 60_000;

  private final DatabaseSettings settings;
  private final AuthSettings auth;
  private final String url;
  private final Bus bus;
  private @Nullable Database database;
  private @Nullable Chores chores;
  private @Nullable Sweeps sweeps;

  /** {@code url} is the operator's, or the embedded server's. */
  public StoreVerticle(DatabaseSettings settings, AuthSettings auth, String url, Bus bus) {
    this.settings = settings;
    this.auth = auth;
    this.url = url;
    this.bus = bus;
  }

  @Override
  public Future<?> start() {
    DatabaseAddress address = DatabaseAddress.of(url);
    return vertx
        .executeBlocking(
            () -> {
              Startup.prepare(address);
              return null;
            })
        .onSuccess(ready -> open(new Database(vertx, settings, address)));
  }

  @Override
  public Future<?> stop() {
    if (chores != null) {
      chores.close();
    }
    if (sweeps != null) {
      sweeps.stop();
    }
    return database == null ? Future.succeededFuture() : database.close();
  }

  private void open(Database opened) {
    database = opened;
    serve(Readiness.CHECK, question -> readiness(opened));
    Sweeps rounds = new Sweeps(vertx);
    sweeps = rounds;
    serveIdentity(opened, rounds);
    Chores behind = new Chores(vertx, opened);
    chores = behind;
    Consumer<TimelineChanged> news =
        change -> {
          bus.publish(TimelineChanged.TOPIC, change);
          behind.heard();
        };
    serveConversations(opened, news, rounds);
    serveDeliveries(opened, news, rounds);
    serveInsight(opened);
  }

  private void serveInsight(Database opened) {
    Turnstile turnstile = new Turnstile(LARGE_QUESTIONS, LARGE_QUESTIONS_WAITING);
    Tallies tallies = new Tallies(opened, turnstile);
    serve(InsightVerbs.TOP_USERS, tallies::users);
    serve(InsightVerbs.TOP_CONVERSATIONS, tallies::conversations);
    serve(InsightVerbs.SEARCH_ITEMS, new Searches(opened, turnstile)::find);
  }

  private void serveDeliveries(Database opened, Consumer<TimelineChanged> news, Sweeps rounds) {
    Outbox outbox = new Outbox(opened);
    Deliveries deliveries =
        new Deliveries(opened, news, made -> bus.publish(DeliveriesMade.TOPIC, made));
    Statuses statuses = new Statuses(opened, deliveries);
    serve(DispatchVerbs.CLAIM_DUE, outbox::claim);
    serve(DispatchVerbs.RELEASE_LEASES, outbox::release);
    serve(DispatchVerbs.WAKE_PROVIDER, outbox::wake);
    serve(DispatchVerbs.COUNT_QUEUES, question -> outbox.count());
    serve(DispatchVerbs.SETTLE, deliveries::settle);
    serve(DispatchVerbs.FIND_DELIVERIES, deliveries::find);
    serve(DispatchVerbs.REDRIVE, deliveries::redrive);
    serve(DispatchVerbs.REDRIVE_ALL, deliveries::redrive);
    serve(DispatchVerbs.RECEIVE_STATUS, statuses::receive);
    rounds.every(SWEEP_MS, "expired deliveries", deliveries::expire);
    rounds.every(SWEEP_MS, "parked deliveries", outbox::unpark);
    rounds.every(SWEEP_MS, "early callbacks", statuses::sweep);
    rounds.every(MINUTE_MS, "files nobody has", new Files(opened)::sweep);
  }

  private void serveConversations(Database opened, Consumer<TimelineChanged> news, Sweeps rounds) {
    Items items = new Items(opened, news);
    Previews previews = new Previews(opened);
    Appender appender =
        new Appender(
            vertx,
            opened,
            items,
            settings.writeLanes(),
            settings.waitQueue(),
            news,
            this::tellMade);
    Directs directs = new Directs(opened, appender, previews, news);
    Groups groups = new Groups(opened, previews, news);
    rounds.every(SWEEP_MS, "ended keys in groups", () -> new Keys(opened).leave(groups));
    Files files = new Files(opened);
    serve(FileVerbs.BEGIN_FILE, files::begin);
    serve(FileVerbs.PUT_CHUNK, files::put);
    serve(FileVerbs.END_FILE, files::end);
    serve(FileVerbs.DROP_FILE, files::drop);
    serve(FileVerbs.FIND_FILES, files::find);
    serve(FileVerbs.GET_CHUNK, files::get);
    opened.onDoubt(() -> bus.publish(NewsDoubted.TOPIC, new NewsDoubted()));
    serve(TimelineVerbs.APPEND_ITEM, appender::append);
    serve(TimelineVerbs.MARK_READ, appender::mark);
    Mailroom mailroom = new Mailroom(opened, appender, items, previews, news, this::tellMade);
    serve(ChannelVerbs.SEND_OUT, mailroom::send);
    serve(ChannelVerbs.TAKE_IN, mailroom::take);
    serve(ChannelVerbs.FIND_SIDE, mailroom::side);
    serve(TimelineVerbs.FIND_ITEMS, items::find);
    serve(TimelineVerbs.FIND_ITEM, items::find);
    serve(TimelineVerbs.CHANGE_ITEM, items::change);
    serve(TimelineVerbs.MOVE_TRANSFER, new Transfers(opened, news)::move);
    serve(TimelineVerbs.REACT, new ItemReactions(opened, news)::react);
    serve(ConversationVerbs.FIND_DIRECT, directs::find);
    serve(ConversationVerbs.OPEN_DIRECT, directs::open);
    serve(ConversationVerbs.WRITE_TO, directs::write);
    serve(ConversationVerbs.CREATE_GROUP, groups::create);
    serve(ConversationVerbs.UPDATE_GROUP, groups::update);
    serve(ConversationVerbs.FIND_PREVIEWS, previews::find);
    serve(ConversationVerbs.FIND_PREVIEW, previews::find);
    serve(ConversationVerbs.FIND_MEMBERS, new Membership(opened)::find);
    Changes changes = new Changes(opened, previews);
    serve(ConversationVerbs.FIND_CHANGES, changes::find);
    serve(ConversationVerbs.FIND_NEWS, changes::find);
    serve(ConversationVerbs.FIND_MISSED, changes::find);
    serve(ConversationVerbs.MARK_REACHED, new Arrivals(opened)::mark);
    Audiences audiences = new Audiences(opened);
    serve(ConversationVerbs.FIND_AUDIENCE, audiences::find);
    serve(ConversationVerbs.FIND_REVS, audiences::find);
    serve(ConversationVerbs.FIND_EXTERNAL, audiences::find);
  }

  private void tellMade(List<Delivery> deliveries) {
    deliveries.stream()
        .map(delivery -> Channel.of(delivery.channel()).route())
        .distinct()
        .forEach(route -> bus.publish(DeliveriesMade.TOPIC, new DeliveriesMade(route)));
  }

  private void serveIdentity(Database opened, Sweeps rounds) {
    Accounts accounts =
        new Accounts(opened, new Passwords(vertx, auth), ThreadLocalRandom.current());
    Logins logins = new Logins(opened, accounts);
    serve(Identity.CREATE_USER, accounts::create);
    serve(Identity.FIND_USERS, accounts::find);
    serve(Identity.FIND_USER, accounts::find);
    Presences presences = new Presences(opened);
    serve(Identity.MARK_SEEN, presences::mark);
    serve(Identity.FIND_SEEN, presences::find);
    serve(Identity.UPDATE_USER, accounts::update);
    serve(Identity.CHECK_PASSWORD, accounts::check);
    serve(Identity.ENSURE_ACCOUNT, accounts::ensure);
    serve(Identity.OPEN_LOGIN, logins::open);
    serve(Identity.ROTATE_LOGIN, logins::rotate);
    serve(Identity.END_LOGIN, logins::end);
    serve(Identity.CHECK_LOGIN, logins::check);
    serve(Identity.CHANGES_SINCE, logins::changes);
    serve(Identity.SIGNING_KEYS, logins::keys);
    Keys keys = new Keys(opened);
    serve(KeyVerbs.CREATE_KEY, keys::create);
    serve(KeyVerbs.FIND_KEYS, keys::find);
    serve(KeyVerbs.CHECK_KEY, keys::check);
    serve(KeyVerbs.END_KEY, keys::end);
    Tickets tickets = new Tickets(opened);
    serve(TicketVerbs.ISSUE_TICKET, tickets::issue);
    serve(TicketVerbs.REDEEM_TICKET, tickets::redeem);
    rounds.every(MINUTE_MS, "tickets that nobody used", tickets::sweep);
  }

  private static Future<Readiness> readiness(Database opened) {
    return opened
        .read(Migrations.currentQuery(), Tuple.tuple())
        .map(rows -> Migrations.currentAnswer().equals(rows.iterator().next().getString(0)))
        .map(current -> Map.of("database", "up", "schema", current ? "up" : "not current"))
        .otherwise(Map.of("database", "down"))
        .map(Readiness::new);
  }

  private <Q, R> void serve(Endpoint<Q, R> endpoint, Function<Q, Future<R>> verb) {
    bus.serve(endpoint, verb);
  }
}
