package io.parley.api.operations;

import io.parley.identity.ClientAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one request, validated against the contract, its idempotency key and its origin.
 */
public record Input(
    Map<String, @Nullable Object> fields,
    Optional<String> key,
    String requestId,
    ClientAddress client) {

  public boolean has(String name) {
    return fields.get(name) != null;
  }

  public String text(String name) {
    return (String) required(name);
  }

  public Optional<String> optionalText(String name) {
    return Optional.ofNullable((String) fields.get(name));
  }

  public long number(String name) {
    return (Long) required(name);
  }

  public OptionalLong optionalNumber(String name) {
    return fields.get(name) instanceof Long number ? OptionalLong.of(number) : OptionalLong.empty();
  }

  /** Whether an optional flag is set. */
  public boolean isTrue(String name) {
    return Boolean.TRUE.equals(fields.get(name));
  }

  public List<?> list(String name) {
    return fields.get(name) instanceof List<?> list ? list : List.of();
  }

  @SuppressWarnings("unchecked")
  public Map<String, @Nullable Object> object(String name) {
    return (Map<String, @Nullable Object>) required(name);
  }

  private Object required(String name) {
    Object value = fields.get(name);
    if (value == null) {
      throw new IllegalStateException("the contract does not require " + name);
    }
    return value;
  }
}
