package io.parley;

import io.parley.settings.DatabaseSettings;
import io.parley.store.StoreVerticle;
import io.parley.store.embedded.EmbeddedPostgres;
import io.vertx.core.Future;

/** The database and the store that serves it. */
final class DatabaseWiring {
  private final Foundation foundation;
  private final DatabaseSettings settings;

  DatabaseWiring(Foundation foundation) {
    this.foundation = foundation;
    this.settings = foundation.settings().database();
  }

  Future<?> open() {
    return openDatabase().compose(this::openStore);
  }

  private Future<String> openDatabase() {
    return settings
        .url()
        .map(Future::succeededFuture)
        .orElseGet(
            () ->
                foundation
                    .vertx()
                    .executeBlocking(() -> EmbeddedPostgres.start(settings.dataDir()))
                    .map(this::started));
  }

  private String started(EmbeddedPostgres server) {
    foundation
        .lifecycle()
        .started(
            Lifecycle.Stage.DATABASE_SERVER,
            "embedded database",
            deadline -> {
              // on the stopping thread: the event loops and their workers may hang
              server.stop(deadline.left());
              return Future.succeededFuture();
            });
    return server.url();
  }

  private Future<?> openStore(String url) {
    return foundation
        .lifecycle()
        .deploy(
            Lifecycle.Stage.STORE,
            "store",
            1,
            () ->
                new StoreVerticle(
                    settings, foundation.settings().accounts().auth(), url, foundation.bus()));
  }
}
