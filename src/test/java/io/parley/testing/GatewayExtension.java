package io.parley.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Injects a {@link TestDatabase} and any number of {@link TestGateway}s and {@link TestStore}s that
 * share it.
 *
 * <pre>{@code
 * @ExtendWith(GatewayExtension.class)
 * class SomeTest {
 *   @Test
 *   void nodesAgree(TestGateway one, @WithSettings("PARLEY_SIGNUP=closed") TestGateway two) {}
 * }
 * }</pre>
 *
 * <p>What a {@code @BeforeAll} method asks for lives as long as the class, and its database is that
 * of every test; what a test or a {@code @BeforeEach} method asks for is closed after the test.
 */
public final class GatewayExtension implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(GatewayExtension.class);

  /** Environment variables of a gateway, each as {@code NAME=value}. */
  @Target(ElementType.PARAMETER)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface WithSettings {
    String[] value();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == TestDatabase.class || type == TestGateway.class || type == TestStore.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Store store = context.getStore(NAMESPACE);
    TestDatabase database =
        store.getOrComputeIfAbsent(
            TestDatabase.class, any -> TestDatabase.create(), TestDatabase.class);
    Class<?> type = parameter.getParameter().getType();
    if (type == TestDatabase.class) {
      return database;
    }
    AutoCloseable node =
        type == TestGateway.class
            ? new TestGateway(database.url(), settings(parameter))
            : new TestStore(database.url());
    // the store closes it at the end of its scope, the last one first
    store.put(node, node);
    return node;
  }

  private static Map<String, String> settings(ParameterContext parameter) {
    Map<String, String> settings = new HashMap<>();
    parameter
        .findAnnotation(WithSettings.class)
        .ifPresent(
            found -> {
              for (String each : found.value()) {
                int at = each.indexOf('=');
                settings.put(each.substring(0, at), each.substring(at + 1));
              }
            });
    return settings;
  }
}
