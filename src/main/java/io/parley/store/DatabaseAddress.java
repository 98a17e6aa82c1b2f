package io.parley.store;

import io.parley.settings.InvalidSettings;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Properties;

/**
 * Where a PostgreSQL is and who we are there, read from a {@code postgresql://} url; for both
 * drivers.
 */
record DatabaseAddress(
    String host, int port, String database, String user, String password, String sslMode) {
  private static final String FORM =
      "database.url: it must be postgresql://user:password@host:port/database";

  static DatabaseAddress of(String url) {
    try {
      URI uri = new URI(url);
      boolean known = "postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme());
      String credentials = uri.getRawUserInfo();
      String path = uri.getRawPath();
      if (!known
          || uri.getHost() == null
          || credentials == null
          || path == null
          || path.length() < 2) {
        throw new InvalidSettings(FORM);
      }
      int colon = credentials.indexOf(':');
      return new DatabaseAddress(
          uri.getHost().replaceAll("[\\[\\]]", ""),
          uri.getPort() < 0 ? 5432 : uri.getPort(),
          decoded(path.substring(1)),
          decoded(colon < 0 ? credentials : credentials.substring(0, colon)),
          colon < 0 ? "" : decoded(credentials.substring(colon + 1)),
          sslMode(uri.getRawQuery() == null ? "" : uri.getRawQuery()));
    } catch (URISyntaxException e) {
      throw new InvalidSettings(FORM);
    }
  }

  private static String sslMode(String query) {
    if (query.isEmpty()) {
      return "disable";
    }
    String mode = query.startsWith("sslmode=") ? query.substring(8).toLowerCase(Locale.ROOT) : "";
    if (!mode.matches("disable|allow|prefer|require|verify-ca|verify-full")) {
      throw new InvalidSettings(
          "database.url: after the database only ?sslmode=disable|prefer|require|verify-ca|verify-full");
    }
    return mode;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  PgConnectOptions forVertx() {
    return new PgConnectOptions()
        .setHost(host)
        .setPort(port)
        .setDatabase(database)
        .setUser(user)
        .setPassword(password)
        .setSslMode(SslMode.of(sslMode));
  }

  String jdbcUrl() {
    return "jdbc:postgresql://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + port
        + "/"
        + database;
  }

  Properties jdbcProperties() {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("sslmode", sslMode);
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("ApplicationName", "parley start");
    return properties;
  }

  @Override
  public String toString() {
    return user + "@" + host + ":" + port + "/" + database;
  }
}
