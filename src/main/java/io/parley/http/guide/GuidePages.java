package io.parley.http.guide;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pages of the guide by their path below {@code /docs/guide/}, rendered when first asked for.
 * Not thread-safe: one for each event loop.
 */
public final class GuidePages {
  /** Nothing but our own style sheet and the icon: the pages have no scripts. */
  public static final String POLICY =
      "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

  private static final String ROOT = "/docs/guide/";
  private static final String LOCAL = "http://localhost:8080";
  private static final String FOLDER = "docs/";
  private static final String INDEX = "README";
  private static final Pattern NAME = Pattern.compile("(?:[A-Za-z-]+(?:/[A-Za-z-]+)?)?");
  private static final Pattern ENTRY = Pattern.compile("(?m)^\\| \\[([^]]+)]\\(([^)]+)\\)");
  private static final Pattern TITLE = Pattern.compile("(?m)^# +(.+)$");

  /** Files outside {@code docs/} that the gateway serves, by their path in the sources. */
  private static final Map<String, String> ELSEWHERE =
      Map.of(
          "README.md",
          ROOT,
          "CONTRIBUTING.md",
          ROOT + "CONTRIBUTING",
          "CHANGELOG.md",
          ROOT + "CHANGELOG",
          "SECURITY.md",
          ROOT + "SECURITY",
          "src/main/resources/openapi.yaml",
          "/openapi.yaml",
          "clients/parley.js/parley.js",
          "/parley.js");

  private final Map<String, String> rendered = new HashMap<>();

  /** The HTML of the page at {@code path}, such as {@code live} or {@code clients/curl}. */
  public Optional<String> html(String path) {
    String name = withoutSlash(path);
    String known = rendered.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<String> page = source(name).map(text -> page(name, text));
    page.ifPresent(html -> rendered.put(name, html));
    return page;
  }

  public static boolean has(String path) {
    return source(withoutSlash(path)).isPresent();
  }

  private static String withoutSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /** A page, or the first page of a folder. */
  private static Optional<String> source(String name) {
    return NAME.matcher(name).matches()
        ? read(name).or(() -> read(name.isEmpty() ? INDEX : name + "/" + INDEX))
        : Optional.empty();
  }

  private static Optional<String> read(String name) {
    try (InputStream in = GuidePages.class.getResourceAsStream("/guide/" + name + ".md")) {
      return in == null
          ? Optional.empty()
          : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String page(String path, String text) {
    Matcher title = TITLE.matcher(text);
    return """
    <!doctype html>
    <html lang="en">
    <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>%s · Parley</title>
      <link rel="icon" href="data:,">
      <link rel="stylesheet" href="/guide.css">
    </head>
    <body>
    <nav><a class="home" href="/">Parley</a>
    %s</nav>
    <main>
    %s</main>
    </body>
    </html>
    """
        .formatted(
            Markdown.escaped(title.find() ? title.group(1) : "Guide"),
            contents(path),
            Markdown.html(text, href -> target(folder(path), href)));
  }

  /** The entries of the table on the guide's first page. */
  private static String contents(String current) {
    StringBuilder html = new StringBuilder();
    Matcher entry = ENTRY.matcher(source("").orElse(""));
    while (entry.find()) {
      String target = target(FOLDER, entry.group(2));
      html.append("<a href=\"%s\"".formatted(Markdown.escaped(target)))
          .append(
              target.equals(ROOT + current) || target.equals(ROOT + current + "/")
                  ? " aria-current=\"page\">"
                  : ">")
          .append(Markdown.escaped(entry.group(1)))
          .append("</a>\n");
    }
    return html.toString();
  }

  /** The folder of a page in the sources. */
  private static String folder(String name) {
    if (!name.isEmpty() && ELSEWHERE.containsValue(ROOT + name)) {
      return "";
    }
    boolean isFolder = !name.isEmpty() && read(name).isEmpty();
    return FOLDER + (isFolder ? name + "/" : name.substring(0, name.lastIndexOf('/') + 1));
  }

  /** Where a link of a page in {@code folder} leads; empty for what the gateway does not serve. */
  static String target(String folder, String href) {
    if (href.startsWith(LOCAL + "/")) {
      return href.substring(LOCAL.length());
    }
    if (href.startsWith("#") || URI.create(href).isAbsolute()) {
      return href;
    }
    int hash = href.indexOf('#');
    String anchor = hash < 0 ? "" : href.substring(hash);
    String file = Path.of(folder, hash < 0 ? href : href.substring(0, hash)).normalize().toString();
    String elsewhere = ELSEWHERE.get(file);
    if (elsewhere != null) {
      return elsewhere + anchor;
    }
    String name = file.replaceFirst("^" + FOLDER, "").replaceFirst("\\.md$", "");
    boolean served = file.startsWith(FOLDER) && file.endsWith(".md") && has(name);
    return served ? ROOT + name.replaceFirst("(^|/)" + INDEX + "$", "$1") + anchor : "";
  }
}
