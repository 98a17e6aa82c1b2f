package io.parley.http.guide;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A renderer for the subset of Markdown that our pages use: headings, paragraphs, flat lists,
 * tables, fenced code, and within a line code, bold and emphasised text, and links. Everything
 * else, HTML included, is shown as text.
 */
final class Markdown {
  private static final Pattern HEADING = Pattern.compile("(#{1,4}) +(.+)");
  private static final Pattern LIST_ITEM = Pattern.compile("(?:-|\\d+\\.) +(.+)");
  private static final Pattern INLINE =
      Pattern.compile(
          "`(?<code>[^`]+)`|\\*\\*(?<bold>.+?)\\*\\*|\\*(?<emphasis>\\p{L}[^*]*)\\*"
              + "|\\[(?<text>[^]]+)]\\((?<href>[^)\\s]+)\\)|<(?<address>https?://[^>\\s]+)>");
  private static final String FENCE = "```";

  private final List<String> lines;
  private final UnaryOperator<String> links;
  private final StringBuilder html = new StringBuilder();
  private int at;

  private Markdown(String text, UnaryOperator<String> links) {
    this.lines = text.lines().toList();
    this.links = links;
  }

  /** {@code links} maps the target of each link; an empty result leaves the text without a link. */
  static String html(String text, UnaryOperator<String> links) {
    Markdown page = new Markdown(text, links);
    while (page.at < page.lines.size()) {
      page.renderBlock();
    }
    return page.html.toString();
  }

  /** The id of a heading, as the usual hosts of Markdown make it. */
  static String anchor(String heading) {
    return heading
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .strip()
        .replace(' ', '-');
  }

  private void renderBlock() {
    String line = lines.get(at);
    if (line.isBlank()) {
      at++;
    } else if (line.startsWith(FENCE)) {
      renderCode();
    } else if (HEADING.matcher(line).matches()) {
      renderHeading();
    } else if (isTable(line)) {
      renderTable();
    } else if (LIST_ITEM.matcher(line).matches()) {
      renderList();
    } else {
      renderParagraph();
    }
  }

  private static boolean isTable(String line) {
    return line.startsWith("|");
  }

  private static boolean startsBlock(String line) {
    return line.isBlank()
        || line.startsWith(FENCE)
        || isTable(line)
        || HEADING.matcher(line).matches()
        || LIST_ITEM.matcher(line).matches();
  }

  private void renderCode() {
    html.append("<pre><code>");
    for (at++; at < lines.size() && !lines.get(at).startsWith(FENCE); at++) {
      html.append(escaped(lines.get(at))).append('\n');
    }
    at++;
    html.append("</code></pre>\n");
  }

  private void renderHeading() {
    Matcher heading = HEADING.matcher(lines.get(at++));
    if (heading.matches()) {
      int level = heading.group(1).length();
      html.append("<h%d id=\"%s\">".formatted(level, escaped(anchor(heading.group(2)))))
          .append(inline(heading.group(2)))
          .append("</h%d>\n".formatted(level));
    }
  }

  private void renderTable() {
    html.append("<div class=\"table\"><table>\n<thead>");
    renderRow("th", lines.get(at));
    html.append("</thead>\n<tbody>\n");
    // the second line only separates the head from the body
    for (at += 2; at < lines.size() && isTable(lines.get(at)); at++) {
      renderRow("td", lines.get(at));
    }
    html.append("</tbody></table></div>\n");
  }

  private void renderRow(String cell, String line) {
    html.append("<tr>");
    for (String text : cells(line)) {
      html.append("<%s>".formatted(cell)).append(inline(text)).append("</%s>".formatted(cell));
    }
    html.append("</tr>\n");
  }

  /** The cells of a row; a bar within code separates nothing. */
  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean code = false;
    for (char c : line.strip().substring(1).toCharArray()) {
      code ^= c == '`';
      if (c == '|' && !code) {
        cells.add(cell.toString().strip());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    return cells;
  }

  private void renderList() {
    String list = lines.get(at).startsWith("-") ? "ul" : "ol";
    html.append("<%s>\n".formatted(list));
    while (at < lines.size()) {
      Matcher item = LIST_ITEM.matcher(lines.get(at));
      if (!item.matches()) {
        break;
      }
      at++;
      html.append("<li>").append(inline(item.group(1) + continuation())).append("</li>\n");
    }
    html.append("</%s>\n".formatted(list));
  }

  private void renderParagraph() {
    String first = lines.get(at++);
    html.append("<p>").append(inline(first + continuation())).append("</p>\n");
  }

  /** The following lines of the same paragraph or list item. */
  private String continuation() {
    StringBuilder more = new StringBuilder();
    for (; at < lines.size() && !startsBlock(lines.get(at)); at++) {
      more.append('\n').append(lines.get(at).strip());
    }
    return more.toString();
  }

  private String inline(String text) {
    StringBuilder out = new StringBuilder();
    Matcher span = INLINE.matcher(text);
    int end = 0;
    while (span.find()) {
      out.append(escaped(text.substring(end, span.start()))).append(rendered(span));
      end = span.end();
    }
    return out.append(escaped(text.substring(end))).toString();
  }

  private String rendered(Matcher span) {
    if (span.group("code") != null) {
      return "<code>" + escaped(span.group("code")) + "</code>";
    }
    if (span.group("bold") != null) {
      return "<strong>" + inline(span.group("bold")) + "</strong>";
    }
    if (span.group("emphasis") != null) {
      return "<em>" + inline(span.group("emphasis")) + "</em>";
    }
    if (span.group("text") != null) {
      return link(span.group("href"), inline(span.group("text")));
    }
    return link(span.group("address"), escaped(span.group("address")));
  }

  private String link(String href, String content) {
    String target = links.apply(href);
    return target.isEmpty() ? content : "<a href=\"" + escaped(target) + "\">" + content + "</a>";
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
