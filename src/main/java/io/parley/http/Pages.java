package io.parley.http;

import io.parley.api.Problem;
import io.parley.json.JsonBytes;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/**
 * What is not the contract: health, metrics, the contract itself, its documentation, the console.
 */
final class Pages implements Handler<HttpServerRequest> {
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

  private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final Set<String> PAGES =
      Set.of(
          "/",
          "/docs",
          "/docs/",
          "/health/live",
          "/health/ready",
          "/metrics",
          "/openapi.json",
          "/openapi.yaml");

  private static final Buffer DOCS_START =
      Buffer.buffer(
          """
          window.onload = () => {
            window.ui = SwaggerUIBundle({
              url: "/openapi.json",
              dom_id: "#swagger-ui",
              deepLinking: true,
              persistAuthorization: true,
              presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
              layout: "StandaloneLayout",
            });
          };
          """);

  private final Router router;

  Pages(Vertx vertx, PageSources sources, RestEdge rest) {
    this.router = Router.router(vertx);
    router.get("/health/live").handler(context -> json(context, 200, Map.of("status", "up")));
    router.get("/health/ready").handler(context -> ready(context, sources));
    router
        .get("/openapi.yaml")
        .handler(context -> text(context, "application/yaml", sources.contractYaml()));
    router
        .get("/openapi.json")
        .handler(context -> text(context, "application/json", sources.contractJson()));
    router.get("/metrics").handler(context -> metrics(context, sources, rest));
    router.route().handler(Pages::guarded);
    router.get("/docs").handler(Pages::docs);
    router
        .get("/docs/swagger-initializer.js")
        .handler(context -> text(context, "text/javascript", DOCS_START));
    router.get("/docs/*").handler(StaticHandler.create(swaggerUi()).setIndexPage("index.html"));
    router
        .get("/*")
        .handler(StaticHandler.create("web").setIndexPage("index.html").setCachingEnabled(true));
    router.route().last().handler(Pages::wrongMethod);
    router.errorHandler(404, Pages::nothingHere);
    router.errorHandler(405, Pages::wrongMethod);
    router.errorHandler(
        400,
        context ->
            Exchange.resumed(context.request())
                .answer(Problem.malformed("The path cannot be read.")));
    router.errorHandler(500, context -> failed(context));
  }

  @Override
  public void handle(HttpServerRequest request) {
    router.handle(request);
  }

  private static void guarded(RoutingContext context) {
    context
        .response()
        .putHeader("Content-Security-Policy", POLICY)
        .putHeader("Referrer-Policy", "no-referrer");
    context.next();
  }

  private static void ready(RoutingContext context, PageSources sources) {
    sources
        .readiness()
        .get()
        .onSuccess(
            parts -> {
              boolean ready = parts.values().stream().allMatch("up"::equals);
              Map<String, String> told = new TreeMap<>(parts);
              told.put("status", ready ? "up" : "down");
              json(context, ready ? 200 : 503, told);
            })
        .onFailure(context::fail);
  }

  private static void metrics(RoutingContext context, PageSources sources, RestEdge rest) {
    rest.caller(Exchange.resumed(context.request()))
        .map(sources.mayReadMetrics())
        .onSuccess(
            stopped ->
                stopped.ifPresentOrElse(
                    problem -> Exchange.resumed(context.request()).answer(problem),
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

  private static void wrongMethod(RoutingContext context) {
    boolean reads = READS.contains(context.request().method());
    if (!reads && PAGES.contains(context.normalizedPath())) {
      Exchange.resumed(context.request())
          .answer(
              Problem.of(405, "method_not_allowed", "Not like this", "This path takes GET, HEAD.")
                  .header("Allow", "GET, HEAD"));
    } else {
      nothingHere(context);
    }
  }

  private static void nothingHere(RoutingContext context) {
    Exchange.resumed(context.request()).answer(Problem.notFound());
  }

  private static void failed(RoutingContext context) {
    Exchange exchange = Exchange.resumed(context.request());
    exchange.answer(Problem.of(context.failure(), exchange.id()));
  }
}
