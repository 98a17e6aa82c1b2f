package io.parley.store;

import io.parley.bus.Bus;
import io.parley.bus.Endpoint;
import io.parley.bus.Readiness;
import io.parley.conversation.ConversationVerbs;
import io.parley.identity.Identity;
import io.parley.settings.AuthSettings;
import io.parley.settings.DatabaseSettings;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens the database and serves every verb that needs it. Its state lives on its one event loop.
 */
public final class StoreVerticle extends VerticleBase {
  private final DatabaseSettings settings;
  private final AuthSettings auth;
  private final String url;
  private final Bus bus;
  private @Nullable Database database;

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
    return database == null ? Future.succeededFuture() : database.close();
  }

  private void open(Database opened) {
    database = opened;
    serve(Readiness.CHECK, question -> readiness(opened));
    serveIdentity(opened);
    serveConversations(opened, change -> bus.publish(TimelineChanged.TOPIC, change));
  }

  private void serveConversations(Database opened, Consumer<TimelineChanged> news) {
    Items items = new Items(opened, news);
    Previews previews = new Previews(opened);
    Appender appender =
        new Appender(vertx, opened, items, settings.writeLanes(), settings.waitQueue(), news);
    Directs directs = new Directs(opened, appender, previews, news);
    Groups groups = new Groups(opened, previews, news);
    serve(TimelineVerbs.APPEND_ITEM, appender::append);
    serve(TimelineVerbs.MARK_READ, appender::mark);
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
    serve(ConversationVerbs.FIND_CHANGES, new Changes(opened, previews)::find);
  }

  private void serveIdentity(Database opened) {
    Accounts accounts =
        new Accounts(opened, new Passwords(vertx, auth), ThreadLocalRandom.current());
    Logins logins = new Logins(opened, accounts);
    serve(Identity.CREATE_USER, accounts::create);
    serve(Identity.FIND_USERS, accounts::find);
    serve(Identity.FIND_USER, accounts::find);
    serve(Identity.UPDATE_USER, accounts::update);
    serve(Identity.CHECK_PASSWORD, accounts::check);
    serve(Identity.ENSURE_ACCOUNT, accounts::ensure);
    serve(Identity.OPEN_LOGIN, logins::open);
    serve(Identity.ROTATE_LOGIN, logins::rotate);
    serve(Identity.END_LOGIN, logins::end);
    serve(Identity.CHECK_LOGIN, logins::check);
    serve(Identity.CHANGES_SINCE, logins::changes);
    serve(Identity.SIGNING_KEYS, logins::keys);
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
