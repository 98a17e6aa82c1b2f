package io.parley.store;

import io.parley.bus.Bus;
import io.parley.bus.Endpoint;
import io.parley.bus.Readiness;
import io.parley.channel.Channel;
import io.parley.channel.ChannelVerbs;
import io.parley.channel.DeliveriesDue;
import io.parley.channel.DispatchVerbs;
import io.parley.conversation.ConversationVerbs;
import io.parley.file.FileVerbs;
import io.parley.flow.ConcurrencyLimit;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.KeyVerbs;
import io.parley.identity.TicketVerbs;
import io.parley.insight.InsightVerbs;
import io.parley.settings.AuthSettings;
import io.parley.settings.DatabaseSettings;
import io.parley.store.conversation.Audiences;
import io.parley.store.conversation.ChangeFeed;
import io.parley.store.conversation.DeliveredMarkWriter;
import io.parley.store.conversation.DirectConversations;
import io.parley.store.conversation.Groups;
import io.parley.store.conversation.Membership;
import io.parley.store.conversation.Previews;
import io.parley.store.db.Database;
import io.parley.store.db.DatabaseAddress;
import io.parley.store.db.DatabaseChecks;
import io.parley.store.db.Migrations;
import io.parley.store.db.PeriodicSweeps;
import io.parley.store.delivery.Deliveries;
import io.parley.store.delivery.Outbox;
import io.parley.store.delivery.StatusReports;
import io.parley.store.external.ExternalMessages;
import io.parley.store.file.StoredFiles;
import io.parley.store.identity.Accounts;
import io.parley.store.identity.ApiKeys;
import io.parley.store.identity.LastSeen;
import io.parley.store.identity.Logins;
import io.parley.store.identity.PasswordHashing;
import io.parley.store.identity.Tickets;
import io.parley.store.insight.BackgroundJobs;
import io.parley.store.insight.ItemSearch;
import io.parley.store.insight.Tallies;
import io.parley.store.timeline.Appender;
import io.parley.store.timeline.ItemReactions;
import io.parley.store.timeline.Items;
import io.parley.store.timeline.Transfers;
import io.parley.timeline.Delivery;
import io.parley.timeline.EventsMissed;
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
  private @Nullable BackgroundJobs chores;
  private @Nullable PeriodicSweeps sweeps;

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
              DatabaseChecks.prepare(address);
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
    PeriodicSweeps rounds = new PeriodicSweeps(vertx);
    sweeps = rounds;
    serveIdentity(opened, rounds);
    BackgroundJobs behind = new BackgroundJobs(vertx, opened);
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
    ConcurrencyLimit turnstile = new ConcurrencyLimit(LARGE_QUESTIONS, LARGE_QUESTIONS_WAITING);
    Tallies tallies = new Tallies(opened, turnstile);
    serve(InsightVerbs.TOP_USERS, tallies::users);
    serve(InsightVerbs.TOP_CONVERSATIONS, tallies::conversations);
    serve(InsightVerbs.SEARCH_ITEMS, new ItemSearch(opened, turnstile)::find);
  }

  private void serveDeliveries(
      Database opened, Consumer<TimelineChanged> news, PeriodicSweeps rounds) {
    Outbox outbox = new Outbox(opened);
    Deliveries deliveries =
        new Deliveries(opened, news, made -> bus.publish(DeliveriesDue.TOPIC, made));
    StatusReports statuses = new StatusReports(opened, deliveries);
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
    rounds.every(MINUTE_MS, "files nobody has", new StoredFiles(opened)::sweep);
  }

  private void serveConversations(
      Database opened, Consumer<TimelineChanged> news, PeriodicSweeps rounds) {
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
    DirectConversations directs = new DirectConversations(opened, appender, previews, news);
    Groups groups = new Groups(opened, previews, news);
    rounds.every(SWEEP_MS, "ended keys in groups", () -> new ApiKeys(opened).leave(groups));
    StoredFiles files = new StoredFiles(opened);
    serve(FileVerbs.BEGIN_FILE, files::begin);
    serve(FileVerbs.PUT_CHUNK, files::put);
    serve(FileVerbs.END_FILE, files::end);
    serve(FileVerbs.DROP_FILE, files::drop);
    serve(FileVerbs.FIND_FILES, files::find);
    serve(FileVerbs.GET_CHUNK, files::get);
    opened.onDoubt(() -> bus.publish(EventsMissed.TOPIC, new EventsMissed()));
    serve(TimelineVerbs.APPEND_ITEM, appender::append);
    serve(TimelineVerbs.MARK_READ, appender::mark);
    ExternalMessages mailroom =
        new ExternalMessages(opened, appender, items, previews, news, this::tellMade);
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
    ChangeFeed changes = new ChangeFeed(opened, previews);
    serve(ConversationVerbs.FIND_CHANGES, changes::find);
    serve(ConversationVerbs.FIND_NEWS, changes::find);
    serve(ConversationVerbs.FIND_MISSED, changes::find);
    serve(ConversationVerbs.MARK_REACHED, new DeliveredMarkWriter(opened)::mark);
    Audiences audiences = new Audiences(opened);
    serve(ConversationVerbs.FIND_AUDIENCE, audiences::find);
    serve(ConversationVerbs.FIND_REVS, audiences::find);
    serve(ConversationVerbs.FIND_EXTERNAL, audiences::find);
  }

  private void tellMade(List<Delivery> deliveries) {
    deliveries.stream()
        .map(delivery -> Channel.of(delivery.channel()).route())
        .distinct()
        .forEach(route -> bus.publish(DeliveriesDue.TOPIC, new DeliveriesDue(route)));
  }

  private void serveIdentity(Database opened, PeriodicSweeps rounds) {
    Accounts accounts =
        new Accounts(opened, new PasswordHashing(vertx, auth), ThreadLocalRandom.current());
    Logins logins = new Logins(opened, accounts);
    serve(IdentityVerbs.CREATE_USER, accounts::create);
    serve(IdentityVerbs.FIND_USERS, accounts::find);
    serve(IdentityVerbs.FIND_USER, accounts::find);
    LastSeen presences = new LastSeen(opened);
    serve(IdentityVerbs.MARK_SEEN, presences::mark);
    serve(IdentityVerbs.FIND_SEEN, presences::find);
    serve(IdentityVerbs.UPDATE_USER, accounts::update);
    serve(IdentityVerbs.CHECK_PASSWORD, accounts::check);
    serve(IdentityVerbs.ENSURE_ACCOUNT, accounts::ensure);
    serve(IdentityVerbs.OPEN_LOGIN, logins::open);
    serve(IdentityVerbs.ROTATE_LOGIN, logins::rotate);
    serve(IdentityVerbs.END_LOGIN, logins::end);
    serve(IdentityVerbs.CHECK_LOGIN, logins::check);
    serve(IdentityVerbs.CHANGES_SINCE, logins::changes);
    serve(IdentityVerbs.SIGNING_KEYS, logins::keys);
    ApiKeys keys = new ApiKeys(opened);
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
        .map(rows -> rows.iterator().next().getBoolean(0))
        .map(current -> Map.of("database", "up", "schema", current ? "up" : "not current"))
        .otherwise(Map.of("database", "down"))
        .map(Readiness::new);
  }

  private <Q, R> void serve(Endpoint<Q, R> endpoint, Function<Q, Future<R>> verb) {
    bus.serve(endpoint, verb);
  }
}
