package io.parley.http;

import io.parley.api.contract.Contract;
import io.parley.api.problem.Problem;
import io.parley.bus.Readiness;
import io.parley.http.guide.GuidePages;
import io.parley.json.JsonBytes;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is not the contract: health, metrics, the contract itself, its documentation, the console.
 */
final class Pages {
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none';"
          + " form-action 'self'";

  // Swagger UI writes styles into its page
  private static final String REFERENCE_POLICY = POLICY + "; style-src 'self' 'unsafe-inline'";

  private static final List<String> METHODS = List.of("GET", "HEAD", "OPTIONS");
  private static final String DOCS = "/docs";
  private static final String GUIDE = "/docs/guide";
  private static final String PROBLEMS = "/docs/problems";
  private static final Set<String> PAGES =
      Set.of(
          "",
          DOCS,
          PROBLEMS,
          "/docs/swagger-initializer.js",
          "/health/live",
          "/health/ready",
          "/metrics",
          "/openapi.json",
          "/openapi.yaml",
          "/start.json");

  /** Pages that a client may have meant by another path. */
  private static final List<String> SUGGESTED =
      Stream.concat(PAGES.stream(), Stream.of(GUIDE, "/eventbus"))
          .filter(page -> !page.isEmpty() && !page.endsWith(".js") && !page.equals("/start.json"))
          .toList();

  private static final String WEB = "web";
  private static final String SWAGGER_UI = swaggerUi();

  private static final Buffer DOCS_START =
      Buffer.buffer(
          """
          window.onload = () => {
            window.ui = SwaggerUIBundle({
              url: "/openapi.json",
              dom_id: "#swagger-ui",
              deepLinking: true,
              persistAuthorization: false,
              presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
              layout: "StandaloneLayout",
            });
          };
          """);

  private static final String EXCHANGE = "exchange";

  private final Router router;
  private final NearestPaths paths;
  private @Nullable HttpExchange entering;

  Pages(Vertx vertx, Contract contract, PageSources sources, RestEdge rest) {
    this.router = Router.router(vertx);
    this.paths = new NearestPaths(contract, SUGGESTED);
    router.route().handler(this::begin);
    page("/health/live").handler(context -> json(context, 200, Map.of("status", "up")));
    page("/health/ready").handler(context -> ready(context, sources));
    page("/openapi.yaml")
        .handler(context -> text(context, "application/yaml", sources.contractYaml()));
    page("/openapi.json")
        .handler(context -> text(context, "application/json", sources.contractJson()));
    page("/start.json").handler(context -> start(context, sources));
    page("/metrics").handler(context -> metrics(context, sources, rest));
    page(DOCS).handler(Pages::docs);
    page("/docs/swagger-initializer.js")
        .handler(context -> text(context, "text/javascript", DOCS_START));
    GuidePages guide = new GuidePages();
    page(GUIDE + "/*").handler(context -> guide(context, guide));
    page(PROBLEMS).handler(context -> guidePage(context, guide, "problems"));
    page("/docs/*").handler(files(SWAGGER_UI));
    page("/*").handler(files(WEB));
    router.route().last().handler(this::notRead);
    router.errorHandler(404, this::notRead);
    router.errorHandler(405, this::notRead);
    router.errorHandler(
        400, context -> exchange(context).answer(Problem.malformed("The path is malformed.")));
    router.errorHandler(500, context -> failed(context));
  }

  void handle(HttpExchange exchange) {
    entering = exchange;
    router.handle(exchange.request());
  }

  // the router runs its first handler before it returns
  private void begin(RoutingContext context) {
    if (entering != null) {
      context.put(EXCHANGE, entering);
      entering = null;
    }
    boolean isReference = context.normalizedPath().startsWith(DOCS);
    context
        .response()
        .putHeader("Content-Security-Policy", isReference ? REFERENCE_POLICY : POLICY)
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Cross-Origin-Opener-Policy", "same-origin");
    // their names carry no version: a browser asks each time whether they are still the same
    context.response().putHeader("Cache-Control", "no-cache");
    context.next();
  }

  private static HttpExchange exchange(RoutingContext context) {
    return context.get(EXCHANGE);
  }

  private Route page(String path) {
    return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
  }

  private static StaticHandler files(String folder) {
    return StaticHandler.create(folder).setIndexPage("index.html").setSendVaryHeader(false);
  }

  private static void ready(RoutingContext context, PageSources sources) {
    sources
        .readiness()
        .get()
        .onSuccess(
            parts -> {
              boolean ready = Readiness.isReady(parts);
              Map<String, String> told = new TreeMap<>(parts);
              told.putAll(sources.notes().get());
              told.put("status", ready ? "up" : "down");
              json(context, ready ? 200 : 503, told);
            })
        .onFailure(context::fail);
  }

  /** What the start page cannot know. */
  private static void start(RoutingContext context, PageSources sources) {
    OptionalInt simulator = sources.simulatorPort().get();
    json(
        context,
        200,
        simulator.isPresent() ? Map.of("simulator_port", "" + simulator.getAsInt()) : Map.of());
  }

  private static void metrics(RoutingContext context, PageSources sources, RestEdge rest) {
    rest.caller(exchange(context))
        .map(sources.mayReadMetrics())
        .onSuccess(
            stopped ->
                stopped.ifPresentOrElse(
                    problem -> exchange(context).answer(problem),
                    () ->
                        text(
                            context,
                            "text/plain; version=0.0.4; charset=utf-8",
                            sources.metrics().get())))
        .onFailure(context::fail);
  }

  private static void json(RoutingContext context, int status, Map<String, String> fields) {
    if (status == 503) {
      context.response().putHeader("Retry-After", "1");
    }
    context.response().setStatusCode(status);
    text(
        context,
        "application/json",
        JsonBytes.object(
            json -> {
              for (Map.Entry<String, String> field : fields.entrySet()) {
                json.writeStringField(field.getKey(), field.getValue());
              }
            }));
  }

  private static void text(RoutingContext context, String type, Buffer body) {
    context
        .response()
        .putHeader("Content-Type", type)
        .putHeader("Cache-Control", "no-cache")
        .end(body);
  }

  // the webjar keeps its files under its own version
  private static String swaggerUi() {
    Properties pom = new Properties();
    try (InputStream in =
        Pages.class.getResourceAsStream("/META-INF/maven/org.webjars/swagger-ui/pom.properties")) {
      pom.load(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "META-INF/resources/webjars/swagger-ui/" + pom.getProperty("version");
  }

  // its files are named relative to the folder, so the folder's name must end with a slash
  private static void docs(RoutingContext context) {
    if (context.request().path().endsWith("/")) {
      context.reroute("/docs/index.html");
    } else {
      context.redirect("/docs/");
    }
  }

  private void guide(RoutingContext context, GuidePages guide) {
    String path = context.normalizedPath();
    if (path.equals(GUIDE)) {
      context.redirect(GUIDE + "/");
      return;
    }
    guidePage(context, guide, path.substring(GUIDE.length() + 1));
  }

  private void guidePage(RoutingContext context, GuidePages guide, String page) {
    guide
        .html(page)
        .ifPresentOrElse(
            html -> {
              context.response().putHeader("Content-Security-Policy", GuidePages.POLICY);
              text(context, "text/html; charset=utf-8", Buffer.buffer(html));
            },
            () -> notRead(context));
  }

  private void notRead(RoutingContext context) {
    HttpExchange exchange = exchange(context);
    String method = context.request().method().name();
    boolean reads = method.equals("GET") || method.equals("HEAD");
    if (!reads && isPage(context.normalizedPath().replaceFirst("/+$", ""))) {
      exchange.allows(METHODS);
    } else {
      exchange.answer(Problem.noSuchPath(paths.to(context.normalizedPath())));
    }
  }

  private static boolean isPage(String path) {
    if (path.equals(GUIDE) || path.startsWith(GUIDE + "/")) {
      return GuidePages.has(path.substring(Math.min(path.length(), GUIDE.length() + 1)));
    }
    String file =
        path.startsWith(DOCS + "/") ? SWAGGER_UI + path.substring(DOCS.length()) : WEB + path;
    return PAGES.contains(path) || Pages.class.getResource("/" + file) != null;
  }

  private static void failed(RoutingContext context) {
    HttpExchange exchange = exchange(context);
    exchange.answer(Problem.of(context.failure(), exchange.id()));
  }
}
