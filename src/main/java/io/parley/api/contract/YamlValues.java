package io.parley.api.contract;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** The values of a schema, converted from what the YAML parser returns to what requests contain. */
final class YamlValues {
  private YamlValues() {}

  static long integer(Object argument) {
    return ((Number) argument).longValue();
  }

  static BigDecimal decimal(Object number) {
    return number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
  }

  static Object plain(Object argument) {
    return argument instanceof Integer number ? (Object) number.longValue() : argument;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object argument) {
    return ((List<Object>) argument)
        .stream().map(each -> each == null ? "null" : plain(each)).toList();
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object argument) {
    return (Map<String, Object>) argument;
  }
}
