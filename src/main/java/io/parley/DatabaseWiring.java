package io.parley;

import io.parley.api.auth.Seal;
import io.parley.identity.NameFingerprint;
import io.parley.settings.DatabaseSettings;
import io.parley.store.StoreVerticle;
import io.parley.store.db.DatabaseAddress;
import io.parley.store.db.DatabaseChecks;
import io.parley.store.embedded.EmbeddedPostgres;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The database and the store that serves it. */
final class DatabaseWiring {
  private final Foundation foundation;
  private final DatabaseSettings settings;
  private String url = "";

  DatabaseWiring(Foundation foundation) {
    this.foundation = foundation;
    this.settings = foundation.settings().database();
  }

  /** Opens the database server if it is ours; the url of the database. */
  Future<String> openServer() {
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

  /** Checks the database and brings its schema up to date. Blocks. */
  void prepare(String url) {
    this.url = url;
    DatabaseChecks.prepare(DatabaseAddress.of(url), settings.tlsRequired());
  }

  Future<?> openStore() {
    return foundation
        .lifecycle()
        .deploy(
            Lifecycle.Stage.STORE,
            "store",
            1,
            () ->
                new StoreVerticle(
                    settings,
                    foundation.settings().accounts().auth(),
                    fingerprint(),
                    foundation.settings().deliveries(),
                    url,
                    foundation.bus(),
                    MetricAdapters.backgroundJobs(foundation.metrics())));
  }

  private NameFingerprint fingerprint() {
    byte[] secret = foundation.settings().secret().bytes();
    Seal seal = Seal.of(secret, "names that nobody has", new SecureRandom());
    return name -> HexFormat.of().formatHex(seal.sign(name.getBytes(StandardCharsets.UTF_8)));
  }
}
