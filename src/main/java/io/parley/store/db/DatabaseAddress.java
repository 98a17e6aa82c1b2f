package io.parley.store.db;

import io.parley.settings.InvalidSettings;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a PostgreSQL server, with the database, the credentials and the TLS mode, parsed
 * from a {@code postgresql://} URL; for both drivers.
 *
 * <p>{@link java.net.URI} is of no use: it rejects underscores in host names, and many characters
 * that passwords have. No message repeats the URL, because it contains a password.
 */
public record DatabaseAddress(
    String host,
    int port,
    String database,
    String user,
    String password,
    String sslMode,
    String rootCertificate) {
  private static final Pattern FORM =
      Pattern.compile(
          "postgres(?:ql)?://(?<user>[^:/@]+)(?::(?<password>.*))?@"
              + "(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%]+])(?::(?<port>\\d{1,5}))?"
              + "/(?<database>[^/?#]+)(?:\\?(?<query>[^#?]*))?");
  private static final Set<String> OPTIONS = Set.of("sslmode", "sslrootcert");
  private static final Set<String> SSL_MODES =
      Set.of("disable", "prefer", "require", "verify-ca", "verify-full");

  public static DatabaseAddress of(String url) {
    Matcher parts = FORM.matcher(url.strip());
    if (!parts.matches()) {
      throw InvalidSettings.of(
          "database.url", "must be postgresql://user:password@host:port/database");
    }
    Map<String, String> options = options(parts.group("query"));
    String sslMode = options.getOrDefault("sslmode", "disable");
    String rootCertificate = options.getOrDefault("sslrootcert", "");
    check(sslMode, rootCertificate);
    return new DatabaseAddress(
        parts.group("host").replaceAll("[\\[\\]]", ""),
        port(parts.group("port")),
        decoded(parts.group("database")),
        decoded(parts.group("user")),
        decoded(parts.group("password")),
        sslMode,
        rootCertificate);
  }

  private static int port(@Nullable String text) {
    int port = text == null ? 5432 : Integer.parseInt(text);
    if (port < 1 || port > 65_535) {
      throw InvalidSettings.of("database.url", "port " + port + " does not exist");
    }
    return port;
  }

  private static Map<String, String> options(@Nullable String query) {
    Map<String, String> options = new HashMap<>();
    for (String each : query == null || query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = each.indexOf('=');
      String name = equals < 0 ? each : each.substring(0, equals);
      if (equals < 0 || !OPTIONS.contains(name)) {
        throw InvalidSettings.of(
            "database.url", "unknown option " + name + "; allowed are sslmode and sslrootcert");
      }
      options.put(name, decoded(each.substring(equals + 1)));
    }
    return options;
  }

  private static void check(String sslMode, String rootCertificate) {
    if (!SSL_MODES.contains(sslMode)) {
      throw InvalidSettings.of(
          "database.url", "sslmode must be disable, prefer, require, verify-ca or verify-full");
    }
    boolean verifies = sslMode.startsWith("verify");
    if (verifies && !Files.isRegularFile(Path.of(rootCertificate))) {
      throw InvalidSettings.of(
          "database.url",
          "sslmode=" + sslMode + " needs sslrootcert=<a file with certificates, PEM>");
    }
  }

  private static String decoded(@Nullable String text) {
    try {
      return text == null
          ? ""
          : URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw InvalidSettings.of(
          "database.url",
          "a % must be followed by two hexadecimal digits; write %25 for a % itself");
    }
  }

  /** Whether it is on this machine, so that nobody is on the way. */
  boolean isLocal() {
    return host.equals("localhost") || host.equals("::1") || host.matches("127\\.[0-9.]+");
  }

  /** Whether a connection without TLS fails. */
  boolean insistsOnTls() {
    return sslMode.equals("require") || sslMode.startsWith("verify");
  }

  PgConnectOptions forVertx() {
    return new PgConnectOptions()
        .setHost(host)
        .setPort(port)
        .setDatabase(database)
        .setUser(user)
        .setPassword(password)
        .setSslMode(SslMode.of(sslMode))
        .setSslOptions(sslOptions());
  }

  private ClientSSLOptions sslOptions() {
    ClientSSLOptions options = new ClientSSLOptions();
    return switch (sslMode) {
      case "verify-full" -> trusting(options).setHostnameVerificationAlgorithm("HTTPS");
      case "verify-ca" -> trusting(options);
      // encrypted, without verifying the server: these modes promise no more, as in libpq
      default -> options.setTrustAll(true);
    };
  }

  private ClientSSLOptions trusting(ClientSSLOptions options) {
    return options.setTrustOptions(new PemTrustOptions().addCertPath(rootCertificate));
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
    if (!rootCertificate.isEmpty()) {
      properties.setProperty("sslrootcert", rootCertificate);
    }
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("loginTimeout", "10");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("ApplicationName", "parley start");
    return properties;
  }

  @Override
  public String toString() {
    return user + "@" + host + ":" + port + "/" + database;
  }
}
